"""The answer of a step by a seat in a published session, without the page of the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms import StepForm


class SeatForm(StepForm):
    """A seat that a person takes elsewhere than on the step's page.

    An entity accepts a seat that was offered to it (the outcome is `chosen`), or a coordinator
    enrols an entity whose session the coordinator schedules (`scheduled`).
    """

    def __init__(self, topic: str, chosen: Mapping[str, Any], result: str) -> None:
        self.topic, self.chosen, self.result = topic, chosen, result
        super().__init__()

    def outcome(self) -> str:
        """Return the outcome that was given."""
        return self.result

    def answer(self) -> dict[str, Any]:
        """Return the session, as both steps give it."""
        return {f"{self.topic}_session": dict(self.chosen)}
