"""Seldom looking for cycles: that was a fifth of what the tests cost.

What modules hold is never garbage, and a test makes little. An application sets the intervals that
suit a web process (`app.create_app`), and each test makes an application; here these hold.
"""

from __future__ import annotations

import gc


def collect_none() -> None:
    """Do not look for cycles while tests are collected: modules are to stay."""
    gc.disable()


def collect_seldom() -> None:
    """From now on, look for cycles at longer intervals, and never among what is there already."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(100_000, 20, 20)
    gc.set_threshold = lambda *_: None
