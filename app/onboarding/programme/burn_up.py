"""The burn-up: onboardings that ended so far, and the planned ends, month by month, as lines.

The planned line goes on after today, up to the last planned end or a year ahead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.base import formatting
from app.onboarding.programme.months import Ahead, Month

#: The size of the drawing, and its margins: left for the numbers, below for the months.
WIDTH, HEIGHT, LEFT, BELOW, ABOVE = 720, 260, 44, 28, 10
#: Most names of months below the drawing.
MOST_NAMES = 13


@dataclass(frozen=True)
class BurnUp:
    """Two lines as points of SVG, with the ticks of both axes: (position, text).

    `today`: the position of the last month with what happened.
    """

    about: str
    ended: str
    planned: str
    months: Sequence[tuple[int, str]]
    counts: Sequence[tuple[int, str]]
    today: int


def burn_up(newest_first: Sequence[Month], ahead: Sequence[Ahead]) -> BurnUp:
    """Draw the months, from the oldest, and those ahead."""
    past = list(reversed(newest_first))
    ended = [one.ended_so_far for one in past]
    planned = [one.planned_so_far for one in past] + [one.planned_so_far for one in ahead]
    firsts = [one.first for one in past] + [one.first for one in ahead]
    top = _top(max(*ended, *planned, 1))

    def x(place: int) -> int:
        return LEFT + round((WIDTH - LEFT - 12) * place / max(len(firsts) - 1, 1))

    def y(count: int) -> int:
        return HEIGHT - BELOW - round((HEIGHT - BELOW - ABOVE) * count / top)

    def points(counts: Sequence[int]) -> str:
        return " ".join(f"{x(place)},{y(count)}" for place, count in enumerate(counts))

    every = -(-len(firsts) // MOST_NAMES)
    return BurnUp(
        _about(ended[-1], past[-1].planned_so_far, ahead),
        points(ended),
        points(planned),
        [
            (x(place), formatting.MONTHS[first.month - 1][:3])
            for place, first in enumerate(firsts)
            if place % every == 0
        ],
        [(y(count), formatting.number(count)) for count in (0, top // 2, top)],
        x(len(past) - 1),
    )


def _about(ended: int, planned: int, ahead: Sequence[Ahead]) -> str:
    so_far = (
        f"Hasta hoy concluyeron {formatting.plural(ended, 'entidad', 'entidades')}; según los "
        f"días que los diagramas dan a cada etapa debían ser {formatting.number(planned)}"
    )
    if not ahead:
        return f"{so_far}."
    last = ahead[-1]
    return f"{so_far}, y al terminar {last.name}, {formatting.number(last.planned_so_far)}."


def _top(most: int) -> int:
    """Return the end of the axis: an even number of one digit and zeros."""
    unit = 1
    while most > 10 * unit:
        unit *= 10
    return max(2, -(-most // (2 * unit)) * 2 * unit)
