"""A drill that fails still waits for the faults that it began."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from tests.drill import __main__ as drill


def test_a_drill_that_fails_waits_for_its_faults(app: Flask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drill, "TROUBLE_AFTER", 0)
    begun, over = threading.Event(), threading.Event()

    def trouble() -> None:
        begun.set()
        time.sleep(0.2)
        over.set()

    machines: Any = SimpleNamespace(trouble=trouble)

    def fail() -> None:
        with drill.in_trouble(app, machines):
            assert begun.wait(20)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert over.is_set()
