"""A table with people of another entity takes effect only once its sender has confirmed it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Draft, Entity, ProcessInstance
from app.cases import records
from app.cases.case import Case
from forms.fields.roster import text_of
from tests.app.cases.changes import changing
from tests.app.cases.changes.changing import FIRST, NEW
from tests.app.walk import Walk

OTHER = "E90003"
TEAM = [NEW | {"document_number": f"0000040{n}", "email": f"p{n}@example.pe"} for n in range(4)]


def list_there(walk: Walk, instance: int, rows) -> None:
    """Write the newest roster of the other entity."""
    with walk.writing() as session:
        row = session.get_one(ProcessInstance, instance)
        records.write(Case(session, row.entity, row), "roster", rows)


@pytest.mark.nightly
def test_a_table_of_another_entity_asks_before_it_is_sent(walk: Walk):
    changing.live(walk)
    there = walk.begin_at("training", OTHER)
    list_there(walk, there, TEAM[:3])
    begun = walk.begin("change_personnel")
    browser, task = walk.browser("administrator"), walk.task("record_personnel_change", begun).id
    url = f"/tareas/{task}/personal"
    lines = [";".join(row.values()) for row in TEAM]
    paste = "\n".join([";".join(TEAM[0]), *lines])
    refused = browser.post(url, data={"rows-paste": paste, "action": "next"})
    assert refused.status_code == 422
    assert "3 de 4 personas nuevas figuran en la relación de otra entidad." in refused.text
    name = walk.one(select(Entity.name).where(Entity.code == OTHER))
    assert name not in refused.text, "the other entity is not named"
    assert browser.post(url, data={"action": "next"}).status_code == 422
    assert browser.post(url, data={"own_people": "y", "action": "next"}).status_code == 303


@pytest.mark.nightly
def test_only_new_people_on_newest_rosters_of_other_entities_count(walk: Walk):
    changing.live(walk)
    there = walk.begin_at("training", OTHER)
    begun = walk.begin("change_personnel")

    def elsewhere(rows) -> list[list[str]]:
        with walk.writing() as session:
            task = walk.find(session, "record_personnel_change", begun)
            draft = session.get(Draft, task.id) or Draft(task_id=task.id)
            draft.pairs, draft.saved_at = [["rows", text_of(rows)]], calendar.now()
            session.add(draft)
            session.flush()
            case = Case(session, task.entity, task.instance, None, task)
            found: list[list[str]] = records.read(case, "elsewhere")
            return found

    list_there(walk, there, [FIRST, *TEAM])
    keys = [[row["document_type"], row["document_number"]] for row in TEAM]
    assert elsewhere([FIRST, *TEAM]) == keys, "one who is on the own roster is not new"
    assert elsewhere(TEAM[:2]) == [], "two people raise no doubt"
    list_there(walk, there, [TEAM[0], TEAM[1] | {"movement": "baja"}])
    assert elsewhere(TEAM) == keys[:1], "people who left the other entity are not there"
