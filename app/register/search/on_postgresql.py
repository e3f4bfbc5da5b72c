"""Search words in PostgreSQL: by its trigram index, or by walking the newest visits.

The index returns all visits with the wanted parts, unordered: good for words that few visits have.
Frequent words are found soon among the newest. A sample estimates which way is shorter. PostgreSQL
cannot estimate how often a word occurs in a text, so its planner is switched to that way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Select, and_, func, select, text
from sqlalchemy.orm import Session

from app.base.models import Visit
from app.register.search import sample, walk
from app.register.search.prepared import PreparedQuery
from app.register.search.sample import Choice, Prices

#: Measured over one and ten million visits. A visit found by the index is read from anywhere in the
#: table, more slowly the less of the table is in memory.
PRICES = Prices(entry=0.06, jump=1 / 3, out=0.1, visit=6.0)
#: Microseconds to read one of the newest visits, which are stored next to each other, and one of an
#: entity, a visitor or a rare kind, which are not.
STEP, SCATTERED = 0.7, 12.0
#: The walk ends after this many times the visits that should be enough.
SPARE = 2
#: Newest visits of an entity, a visitor or some days that are walked before the index is used.
NEAR = 2000

SETTINGS = """
select set_config('jit', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true),
       set_config('plan_cache_mode', 'force_custom_plan', true),
       set_config('work_mem', '32MB', true),
       set_config('enable_seqscan', 'off', true),
       set_config('enable_bitmapscan', 'off', true)
"""
#: Read visits in the order of an index, also after a statement that used the index of words.
IN_TURN = """
select set_config('enable_bitmapscan', 'off', true),
       set_config('enable_indexscan', 'on', true),
       set_config('enable_indexonlyscan', 'on', true)
"""
#: Read visits by the index of words.
BY_WORDS = """
select set_config('enable_bitmapscan', 'on', true),
       set_config('enable_indexscan', 'off', true),
       set_config('enable_indexonlyscan', 'off', true)
"""


@contextmanager
def planned(session: Session) -> Iterator[None]:
    """Read visits in the order of an index; the settings of the planner end with the block."""
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
    session: Session, prepared: PreparedQuery, after: int | None, page: int, most: int
) -> tuple[list[int], int | None]:
    """Return the ranks of a page, newest first, and the count if it is known as well."""
    known = sample.of(session)
    choice = sample.choose(known, prepared.parts, PRICES)
    steps = page / known.at_least(known.all_of(prepared.words))
    if steps * _step(prepared) < choice.cost(PRICES):
        ranks = walk.until(session, prepared, after, int(steps * SPARE), page)
        if len(ranks) == page:
            return ranks, None
    found = _by_words(session, prepared, choice).order_by(Visit.rank.desc())
    if after is not None:
        found = found.where(Visit.rank < after)
    ranks = list(session.scalars(found.limit(most if after is None else page)))
    return ranks[:page], len(ranks) if after is None else None


def _step(prepared: PreparedQuery) -> float:
    return SCATTERED if prepared.scattered else STEP


def count(session: Session, prepared: PreparedQuery, most: int) -> int:
    """Return the count, at most `most`."""
    known = sample.of(session)
    choice = sample.choose(known, prepared.parts, PRICES)
    steps = most / known.at_least(known.all_of(prepared.words))
    # Visits are read until there are enough; the lists of the index are read to their ends.
    looked_at = min(choice.visits, steps * choice.visits / known.total)
    if steps * _step(prepared) < choice.reading + looked_at * PRICES.visit:
        session.execute(text(IN_TURN))
        seen = walk.until(session, prepared, None, int(steps * SPARE), most)
        if len(seen) == most:
            return most
    counted = _by_words(session, prepared, choice).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(counted)) or 0


def _by_words(session: Session, prepared: PreparedQuery, choice: Choice) -> Select[int]:
    """Return the query for the ranks; from here on, visits are read by the index of words."""
    session.execute(text(BY_WORDS))
    return select(Visit.rank).where(*prepared.matching, has_parts(choice.parts))
