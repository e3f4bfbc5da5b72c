"""The burn-up: onboardings that ended so far, and those planned, month by month, as lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.base import formatting
from app.onboarding.programme.months import Month

#: The size of the drawing, and its margins: left for the numbers, below for the months.
WIDTH, HEIGHT, LEFT, BELOW, ABOVE = 720, 260, 44, 28, 10


@dataclass(frozen=True)
class BurnUp:
    """Two lines as points of SVG, with the ticks of both axes: (position, text)."""

    about: str
    ended: str
    planned: str
    months: Sequence[tuple[int, str]]
    counts: Sequence[tuple[int, str]]


def burn_up(newest_first: Sequence[Month]) -> BurnUp:
    """Draw the months, from the oldest."""
    shown = list(reversed(newest_first))
    ended = [one.ended_so_far for one in shown]
    planned = [one.planned_so_far for one in shown]
    top = _top(max(*ended, *planned, 1))

    def x(place: int) -> int:
        return LEFT + round((WIDTH - LEFT - 12) * place / max(len(shown) - 1, 1))

    def y(count: int) -> int:
        return HEIGHT - BELOW - round((HEIGHT - BELOW - ABOVE) * count / top)

    def points(counts: Sequence[int]) -> str:
        return " ".join(f"{x(place)},{y(count)}" for place, count in enumerate(counts))

    names = [formatting.MONTHS[one.first.month - 1][:3] for one in shown]
    return BurnUp(
        f"Hasta hoy concluyeron {formatting.plural(ended[-1], 'entidad', 'entidades')}; según los "
        f"días que los diagramas dan a cada etapa debían ser {formatting.number(planned[-1])}.",
        points(ended),
        points(planned),
        [(x(place), name) for place, name in enumerate(names)],
        [(y(count), formatting.number(count)) for count in (0, top // 2, top)],
    )


def _top(most: int) -> int:
    """Return the end of the axis: an even number of one digit and zeros."""
    unit = 1
    while most > 10 * unit:
        unit *= 10
    return max(2, -(-most // (2 * unit)) * 2 * unit)
