"""The answer of a step by a seat in a published session, without the page of the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms import StepForm


class SeatForm(StepForm):
    """A seat that a coordinator gives elsewhere than on the page of `choose_*` or `schedule_*`."""

    def __init__(self, topic: str, chosen: Mapping[str, Any], step: str) -> None:
        self.topic, self.chosen, self.step = topic, chosen, step
        super().__init__()

    def outcome(self) -> str:
        """Return the outcome of the step."""
        return "chosen" if self.step.startswith("choose_") else "scheduled"

    def answer(self) -> dict[str, Any]:
        """Return the session, as both steps give it."""
        return {f"{self.topic}_session": dict(self.chosen)}
