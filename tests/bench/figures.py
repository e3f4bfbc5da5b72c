"""Figures: medians and 95th percentiles, ratios to a floor, a table and a JSON file."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path("bench") / "results.json"


@dataclass(frozen=True)
class Figure:
    """One measure on one database. Times in ms, sizes in bytes, memory in MB."""

    name: str
    database: str
    n: int
    p50: float
    p95: float
    unit: str
    #: p50 of the floor measured in the same run, and the measure's p50 divided by it.
    floor: float | None = None
    ratio: float | None = None
    statements: int | None = None

    @classmethod
    def of(
        cls,
        name: str,
        database: str,
        samples: Sequence[float],
        unit: str,
        *,
        floor: Sequence[float] = (),
        statements: int | None = None,
    ) -> Figure:
        """Return the figure of a list of samples."""
        p50, floor50 = statistics.median(samples), statistics.median(floor) if floor else None
        return cls(
            name,
            database,
            len(samples),
            round(p50, 3),
            round(percentile(samples, 0.95), 3),
            unit,
            round(floor50, 3) if floor50 else None,
            round(p50 / floor50, 2) if floor50 else None,
            statements,
        )

    def as_row(self) -> dict[str, Any]:
        """Return the row for the JSON file. Fields that do not apply are left out."""
        return {key: value for key, value in vars(self).items() if value is not None}


def timed(act: Callable[[], Any]) -> float:
    """Return the duration of a call in milliseconds."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the sample below which that share of the samples lies (nearest rank)."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def write(figures: Sequence[Figure]) -> None:
    """Store the figures. Figures of measures that did not run this time stay."""
    RESULTS.parent.mkdir(exist_ok=True)
    others = []
    if RESULTS.exists():
        fresh = {(figure.name, figure.database) for figure in figures}
        rows = json.loads(RESULTS.read_text("utf-8"))
        others = [row for row in rows if (row["name"], row["database"]) not in fresh]
    rows = others + [figure.as_row() for figure in figures]
    RESULTS.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table for readers."""
    head = f"{'measure':<31}{'database':<12}{'n':>6}{'p50':>12}{'p95':>12}  {'unit':<6}"
    lines = [head + f"{'floor':>12}{'ratio':>7}{'statements':>12}"]
    for one in figures:
        extra = [
            f"{one.floor:>12.2f}" if one.floor is not None else " " * 12,
            f"{one.ratio:>7.2f}" if one.ratio is not None else " " * 7,
            f"{one.statements:>12}" if one.statements is not None else "",
        ]
        start = f"{one.name:<31}{one.database:<12}{one.n:>6}{one.p50:>12.2f}{one.p95:>12.2f}"
        lines.append(f"{start}  {one.unit:<6}" + "".join(extra).rstrip())
    return "\n".join(lines)
