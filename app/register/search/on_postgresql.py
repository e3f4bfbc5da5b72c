"""Words in PostgreSQL: its index of every three letters in a row, or the newest visits in turn.

The index gives all visits that have the parts asked for, in no order: right for words that few
visits have. Words that many have are found soon among the newest. Which of the two is shorter is
guessed from a sample; the planner, which cannot tell how often a word stands in a text, is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Select, and_, func, select, text
from sqlalchemy.orm import Session

from app.base.models import Visit
from app.register.search import sample, walk
from app.register.search.asked import Asked
from app.register.search.sample import Choice, Prices

#: Measured over one and over ten million visits. A visit that comes out is read from anywhere in
#: the table, the more slowly the less of that is in memory.
PRICES = Prices(entry=0.06, jump=1 / 3, out=0.1, visit=6.0)
#: One of the newest visits, which are stored next to each other; one of an entity, a visitor or a
#: rare kind, which are not (microseconds).
STEP, SCATTERED = 0.7, 12.0
#: The walk is given up after this many times the visits that should be enough.
SPARE = 2
#: As many visits of an entity, a visitor or some days are looked at in turn before all others.
NEAR = 2000

SETTINGS = """
select set_config('jit', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true),
       set_config('plan_cache_mode', 'force_custom_plan', true),
       set_config('work_mem', '32MB', true),
       set_config('enable_seqscan', 'off', true),
       set_config('enable_bitmapscan', 'off', true)
"""
#: Visits come in the order of an index, also after a statement that went by words.
IN_TURN = """
select set_config('enable_bitmapscan', 'off', true),
       set_config('enable_indexscan', 'on', true),
       set_config('enable_indexonlyscan', 'on', true)
"""
#: From here on, visits come by an index of words.
BY_WORDS = """
select set_config('enable_bitmapscan', 'on', true),
       set_config('enable_indexscan', 'off', true),
       set_config('enable_indexonlyscan', 'off', true)
"""


@contextmanager
def planned(session: Session) -> Iterator[None]:
    """Visits are read in the order of an index; what the planner was told ends with the block."""
    within = session.connection().begin_nested()
    try:
        session.execute(text(SETTINGS))
        yield
    finally:
        within.rollback()


def has_parts(parts: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a visit has all these parts of words; the index answers it."""
    return and_(*(Visit.search_text.like(f"%{part}%") for part in parts))


def find(
    session: Session, asked: Asked, after: int | None, page: int, most: int
) -> tuple[list[int], int | None]:
    """The places of a page, newest first, and how many there are, where that is known with them."""
    known = sample.of(session)
    choice = sample.choose(known, asked.parts, PRICES)
    steps = page / known.at_least(known.all_of(asked.words))
    if steps * _step(asked) < choice.cost(PRICES):
        ranks = walk.until(session, asked, after, int(steps * SPARE), page)
        if len(ranks) == page:
            return ranks, None
    found = _by_words(session, asked, choice).order_by(Visit.rank.desc())
    if after is not None:
        found = found.where(Visit.rank < after)
    ranks = list(session.scalars(found.limit(most if after is None else page)))
    return ranks[:page], len(ranks) if after is None else None


def _step(asked: Asked) -> float:
    return SCATTERED if asked.scattered else STEP


def count(session: Session, asked: Asked, most: int) -> int:
    """How many there are, or `most`."""
    known = sample.of(session)
    choice = sample.choose(known, asked.parts, PRICES)
    steps = most / known.at_least(known.all_of(asked.words))
    # Those that are looked at until there are enough; the lists are read to their ends.
    looked_at = min(choice.visits, steps * choice.visits / known.total)
    if steps * _step(asked) < choice.reading + looked_at * PRICES.visit:
        session.execute(text(IN_TURN))
        seen = walk.until(session, asked, None, int(steps * SPARE), most)
        if len(seen) == most:
            return most
    counted = _by_words(session, asked, choice).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0


def _by_words(session: Session, asked: Asked, choice: Choice) -> Select[int]:
    """The places of what is asked; from here on, visits come by the index of words."""
    session.execute(text(BY_WORDS))
    return select(Visit.rank).where(*asked.matching, has_parts(choice.parts))
