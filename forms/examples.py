"""Examples of answers: what a step accepts and what it refuses.

They run as tests, drive the demo and the long test over HTTP, and show readers what a step takes.
Their people are invented. The value of a document field is `SAMPLE_FILE`, for which the runner
provides an uploaded PDF.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

SAMPLE_FILE = "sample"

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Example:
    """An answer that the step accepts.

    `data` maps field names to plain values (nested for FormField, lists for FieldList), or is a
    function `(given, random)` that makes it from the data of the case, so that the demo can answer
    any case. `given` is what the record modules would offer when the example runs by itself; a
    step's folder names only what differs from its `GIVEN`, and `forms.read_step` adds the rest.
    """

    outcome: str
    data: Data | Callable[[Mapping[str, Any], Random], Data]
    given: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    def values(self, given: Mapping[str, Any], random: Random) -> Data:
        """Return the answer for a case that offers `given`."""
        return self.data(given, random) if callable(self.data) else self.data


@dataclass(frozen=True)
class Refusal:
    """An answer that the step refuses.

    `errors` maps a field's name (`administrator-ruc` for a nested one) to a fragment of its Spanish
    message. `given` is as in `Example`.
    """

    name: str
    data: Data
    errors: Mapping[str, str]
    given: Mapping[str, Any] = field(default_factory=dict)


#: The return value of a shape that several steps share: their GIVEN, ACCEPTS and REFUSES.
Examples = tuple[Mapping[str, Any], tuple[Example, ...], tuple[Refusal, ...]]
