"""Rare garbage collection: searching for cycles was a fifth of the tests' cost.

What modules hold is never garbage, and a test creates little. An application sets the intervals
that suit a web process (`app.create_app`), and each test creates an application; these intervals
replace them.
"""

from __future__ import annotations

import gc


def collect_none() -> None:
    """Disable the search for cycles while tests are collected: modules are to stay."""
    gc.disable()


def collect_seldom() -> None:
    """Search for cycles at longer intervals from now on, and never among present objects."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(100_000, 20, 20)
    gc.set_threshold = lambda *_: None
