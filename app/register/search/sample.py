"""Some visits' texts, from which is guessed how often words stand in all of them.

Which parts of words an index is asked for decides whether it answers in one millisecond or in a
hundred: a rare part leads to few visits, of which each is looked at; a frequent one is a long list
to read. A guess that is wrong costs time, never a visit.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.base.models import Visit

#: Texts that a process keeps, and for how long (seconds).
TEXTS = 2000
KEPT = 600
#: Words and parts of which a process knows which texts have them.
KNOWN = 4000


class Sample:
    """Texts spread evenly over all visits, with their places; and how many visits there are."""

    def __init__(self, rows: Iterable[tuple[int, str]], total: int) -> None:
        in_order = sorted(rows)
        self.places = [place for place, _ in in_order]
        self.texts = [text for _, text in in_order]
        self.total = total
        self.taken_at = time.monotonic()
        #: Which texts have a word: a bit for each.
        self.which = lru_cache(KNOWN)(self._which)

    def _which(self, word: str) -> int:
        return int("".join(["01"[word in text] for text in self.texts]) or "0", 2)

    def all_of(self, words: Iterable[str]) -> int:
        """Which texts have all of these words."""
        which = (1 << len(self.texts)) - 1
        for word in words:
            which &= self.which(word)
        return which

    def share(self, which: int) -> float:
        """The part that these texts are of all: never quite nothing."""
        return (which.bit_count() + 0.25) / (len(self.texts) + 1)

    def at_least(self, which: int) -> float:
        """The part that they are of all, by a guess that is seldom too high."""
        found = which.bit_count()
        return max(found - math.sqrt(found), 0.25) / (len(self.texts) + 1)

    def back(self, after: int | None, share: float) -> int:
        """Where so large a part of all visits begins, the last before a place; 0 for the first."""
        end = len(self.places) if after is None else bisect_left(self.places, after)
        first = end - math.ceil(share * len(self.places))
        return self.places[first] if first > 0 else 0


@dataclass(frozen=True)
class Prices:
    """What an index takes, in microseconds.

    `entry`: an entry of a part's list; `jump`: no list takes more than so many times the shortest
    one; `out`: a visit that comes out; `visit`: one that is looked at.
    """

    entry: float
    jump: float
    out: float
    visit: float


@dataclass(frozen=True)
class Choice:
    """The parts that an index is asked for.

    `reading`: what it takes until all come out (microseconds); `visits`: how many these are.
    """

    parts: tuple[str, ...]
    reading: float
    visits: float

    def cost(self, prices: Prices) -> float:
        """What it takes to look at all of them too."""
        return self.reading + self.visits * prices.visit


def choose(sample: Sample, parts: Sequence[str], prices: Prices) -> Choice:
    """The rarest part, and each that spares more than reading its list takes."""
    by_share = sorted((sample.share(sample.which(part)), part) for part in parts)
    rarest, first = by_share[0]
    chosen, left = [first], sample.which(first)
    reading, each = rarest * sample.total * prices.entry, prices.out + prices.visit
    for share, part in by_share[1:]:
        kept = left & sample.which(part)
        spared = (sample.share(left) - sample.share(kept)) * sample.total * each
        costs = min(share, rarest * prices.jump) * sample.total * prices.entry
        if spared > costs:
            chosen.append(part)
            left = kept
            reading += costs
    visits = sample.share(left) * sample.total
    return Choice(tuple(chosen), reading + visits * prices.out, visits)


_SAMPLES: WeakKeyDictionary[Engine, Sample] = WeakKeyDictionary()


def of(session: Session) -> Sample:
    """The sample of this process, taken anew every few minutes."""
    engine = session.get_bind().engine
    kept = _SAMPLES.get(engine)
    if kept is None or time.monotonic() - kept.taken_at > KEPT:
        kept = _SAMPLES[engine] = take(session)
    return kept


def take(session: Session) -> Sample:
    """Texts at even distances among all visits."""
    total = session.scalar(select(func.max(Visit.id))) or 0
    ids = range(total, 0, -max(1, total // TEXTS))
    rows = session.execute(select(Visit.rank, Visit.search_text).where(Visit.id.in_(ids)))
    # Never of nothing: what is looked for is a part of it.
    return Sample([(row.rank, row.search_text) for row in rows], max(total, 1))
