"""A sample of visits' texts, to estimate how frequent words are.

The parts of words that the index is queried for decide whether it takes one millisecond or a
hundred: a rare part leads to few visits, each of which is read; a frequent part is a long list. A
wrong estimate costs time, never a visit.
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

#: Number of texts in the sample of a process, and the seconds for which it is valid.
TEXTS = 2000
VALID = 600
#: Number of words and parts whose texts a process remembers.
KNOWN = 4000


class Sample:
    """Texts spread evenly over all visits, and the number of visits."""

    def __init__(self, texts: Sequence[str], total: int) -> None:
        self.texts = texts
        self.total = total
        self.taken_at = time.monotonic()
        #: The texts that have a word, as a bit mask.
        self.which = lru_cache(KNOWN)(self._which)

    def _which(self, word: str) -> int:
        return int("".join(["01"[word in text] for text in self.texts]) or "0", 2)

    def all_of(self, words: Iterable[str]) -> int:
        """Return the bit mask of the texts that have all of these words."""
        which = (1 << len(self.texts)) - 1
        for word in words:
            which &= self.which(word)
        return which

    def share(self, which: int) -> float:
        """Return the share of these texts; it is never 0."""
        return (which.bit_count() + 0.25) / (len(self.texts) + 1)

    def at_least(self, which: int) -> float:
        """Return a low estimate of the share of these texts."""
        found = which.bit_count()
        return max(found - math.sqrt(found), 0.25) / (len(self.texts) + 1)


@dataclass(frozen=True)
class Prices:
    """Costs of an index, in microseconds.

    `entry`: an entry of a part's list; `jump`: cap on the cost of a list, as a multiple of the
    shortest list; `out`: a visit that the index returns; `visit`: a visit that is read.
    """

    entry: float
    jump: float
    out: float
    visit: float


@dataclass(frozen=True)
class Choice:
    """The parts of words that the index is queried for.

    `reading`: the cost of reading the lists, in microseconds; `visits`: the number of visits found.
    """

    parts: tuple[str, ...]
    reading: float
    visits: float

    def cost(self, prices: Prices) -> float:
        """Return the cost, including the reading of all visits."""
        return self.reading + self.visits * prices.visit


def choose(sample: Sample, parts: Sequence[str], prices: Prices) -> Choice:
    """Choose the rarest part, and every other part that saves more than its list costs."""
    by_share = sorted((sample.share(sample.which(part)), part) for part in parts)
    rarest, first = by_share[0]
    chosen, left = [first], sample.which(first)
    reading, each = rarest * sample.total * prices.entry, prices.out + prices.visit
    for share, part in by_share[1:]:
        both = left & sample.which(part)
        spared = (sample.share(left) - sample.share(both)) * sample.total * each
        costs = min(share, rarest * prices.jump) * sample.total * prices.entry
        if spared > costs:
            chosen.append(part)
            left = both
            reading += costs
    visits = sample.share(left) * sample.total
    return Choice(tuple(chosen), reading + visits * prices.out, visits)


#: Samples by connection pool: each page has a separate engine object, with its time limit.
_SAMPLES: WeakKeyDictionary[Pool, Sample] = WeakKeyDictionary()


def of(session: Session) -> Sample:
    """Return the sample of this process; it is renewed every `VALID` seconds."""
    pool = session.get_bind().engine.pool
    sample = _SAMPLES.get(pool)
    if sample is None or time.monotonic() - sample.taken_at > VALID:
        sample = _SAMPLES[pool] = take(session)
    return sample


def take(session: Session) -> Sample:
    """Take texts at even distances among all visits."""
    total = session.scalar(select(func.max(Visit.id))) or 0
    ids = range(total, 0, -max(1, total // TEXTS))
    texts = session.scalars(select(Visit.search_text).where(Visit.id.in_(ids))).all()
    return Sample(texts, max(total, 1))  # shares are parts of the total: never 0
