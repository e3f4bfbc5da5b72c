"""Some visits' texts, from which is guessed how often words stand in all of them.

Which parts of words an index is asked for decides whether it answers in one millisecond or in a
hundred: a rare part leads to few visits, of which each is looked at; a frequent one is a long list
to read. A guess that is wrong costs time, never a visit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

from sqlalchemy import Pool, func, select
from sqlalchemy.orm import Session

from app.base.models import Visit

#: Texts that a process keeps, and for how long (seconds).
TEXTS = 2000
KEPT = 600
#: Words and parts of which a process knows which texts have them.
KNOWN = 4000


class Sample:
    """Texts spread evenly over all visits, and how many visits there are."""

    def __init__(self, texts: Sequence[str], total: int) -> None:
        self.texts = texts
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


#: By the pool of connections: each page has an engine object of its own (with its time limit).
_SAMPLES: WeakKeyDictionary[Pool, Sample] = WeakKeyDictionary()


def of(session: Session) -> Sample:
    """Return the sample of this process. It is taken again every few minutes."""
    pool = session.get_bind().engine.pool
    kept = _SAMPLES.get(pool)
    if kept is None or time.monotonic() - kept.taken_at > KEPT:
        kept = _SAMPLES[pool] = take(session)
    return kept


def take(session: Session) -> Sample:
    """Texts at even distances among all visits."""
    total = session.scalar(select(func.max(Visit.id))) or 0
    ids = range(total, 0, -max(1, total // TEXTS))
    texts = session.scalars(select(Visit.search_text).where(Visit.id.in_(ids))).all()
    return Sample(texts, max(total, 1))  # shares are parts of the total: never 0
