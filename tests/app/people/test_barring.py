"""The statement that finds the tasks from which a person is barred: it reads what indexes name."""

from __future__ import annotations

from sqlalchemy import text

from app.people.access import barring
from tests.app.walk import Walk
from tests.databases import ON_SQLITE

#: The indexes of the people in an entity's documents, each made for this statement.
INDEXES = {"ix_record_authority", "ix_record_holder", "ix_record_alternate"}


@ON_SQLITE
def test_who_took_part_is_looked_up_and_not_searched_for_in_all_records(walk: Walk):
    statement = barring.barred_tasks(walk.people["sip"], ("sip",))
    engine = walk.engine
    written = str(statement.compile(engine, compile_kwargs={"literal_binds": True}))
    with walk.reading() as session:
        plan = [row[3] for row in session.execute(text("explain query plan " + written))]
    used = {name for name in INDEXES if any(f" {name} " in step for step in plan)}
    assert used == INDEXES
    assert [step for step in plan if step.startswith("SCAN record")] == []
