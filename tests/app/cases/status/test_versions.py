"""The versions that a case was on: what an earlier one drew keeps its name, and is found."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Deployment, LogEntry, ProcessInstance
from app.cases import processes, progress_file
from app.cases.custody import Clocks
from app.cases.status import versions
from app.onboarding.entities import clocks
from tests.app.walk import Walk, texts
from workflows.definition import Definition

pytestmark = pytest.mark.usefixtures("clock")

HISTORY = "/entidades/E90001/historial"
#: A stage that the new version draws under another id, and one that it names otherwise.
FORMER, RENAMED = "training", "demo_test"
NAMES = {FORMER: "Capacitación del personal", RENAMED: "Prueba en el ambiente demo"}
NEW_NAME = "Ensayo en el ambiente demo"


def other() -> dict[str, str]:
    """Return the texts of the new version."""
    return {
        name: text.replace(f'"{FORMER}"', '"formation"').replace(NAMES[RENAMED], NEW_NAME)
        for name, text in texts().items()
    }


def move(walk: Walk, changed: Mapping[str, str], kind: str = "case.migrated") -> int:
    """Let the case be on another version, as a migration leaves it; return the version's id."""
    with walk.writing() as session:
        hash_ = Definition.parse(changed).hash
        version = session.scalars(select(Deployment).where(Deployment.hash == hash_)).first()
        if version is None:
            version = Deployment(hash=hash_, texts=dict(changed))
            session.add(version)
            session.flush()
        row = walk.instance(session)
        entry = LogEntry(at=calendar.now(), kind=kind, entity_id=row.entity_id)
        entry.instance_id = row.id
        entry.data = {"from": row.deployment_id, "to": version.id, "process": row.process}
        entry.data |= {"changes": []}
        session.add(entry)
        row.deployment_id = version.id
        return version.id


def known(walk: Walk) -> versions.Versions:
    with walk.reading() as session:
        return versions.of_case(session, walk.instance(session))


def test_names_come_from_the_newest_version_and_stages_of_earlier_ones_last(walk: Walk):
    walk.begin_at("demo_test")
    before = known(walk)
    assert (len(before.definitions), before.name("demo_test")) == (1, NAMES["demo_test"])
    move(walk, other())
    after = known(walk)
    assert after.name("demo_test") == NEW_NAME
    assert after.name(FORMER) == NAMES[FORMER]
    assert after.name("no_such_element") == "no_such_element"
    drawn = Definition.parse(other()).stages
    assert known(walk).stages == [*drawn, FORMER]
    move(walk, texts(), "case.migration_returned")
    hashes = [one.hash for one in known(walk).definitions]
    assert hashes == [Definition.parse(texts()).hash, Definition.parse(other()).hash]


def test_many_cases_take_no_more_statements_than_one(walk: Walk):
    walk.begin_at("demo_test")
    for number in range(2, 6):
        walk.begin(code=f"E9000{number}")
    move(walk, other())
    with walk.reading() as session:
        rows = session.scalars(select(ProcessInstance)).all()
        assert all(row.deployment.hash for row in rows)
        with walk.statements() as sent:
            found = versions.of_cases(session, rows)
    assert (len(found), len([one for one in sent if one.startswith("SELECT")])) == (5, 1)


@pytest.mark.postgresql
def test_the_history_is_filtered_by_a_stage_of_an_earlier_version(walk: Walk):
    walk.begin_at(FORMER)
    before = shown(walk, FORMER)
    move(walk, other())
    assert before
    assert shown(walk, FORMER) == before
    page = walk.browser("sip").get(HISTORY).text
    assert f'<option value="{FORMER}">{NAMES[FORMER]}</option>' in page
    assert '<option value="formation">' in page


def shown(walk: Walk, stage: str) -> list[str]:
    """Return the lines of the history of a stage."""
    answer = walk.browser("sip").get(HISTORY, query_string={"etapa": stage})
    assert answer.status_code == 200
    return re.findall(r'<span class="history__text">([^<]*)', answer.text)


@pytest.mark.nightly
def test_steps_that_the_new_version_lacks_are_no_ways_back(begun: Walk):
    begun.answer("designate_administrator")
    renamed = {
        name: text.replace('"designate_administrator"', '"appoint_administrator"')
        for name, text in texts().items()
    }
    assert "designate_administrator" in ways_back(begun)
    move(begun, renamed)
    assert "designate_administrator" not in ways_back(begun)


def ways_back(walk: Walk) -> list[str]:
    with walk.reading() as session:
        row = walk.instance(session)
        return [element for element, _ in processes.ways_back(session, row)]


def test_a_stage_of_an_earlier_version_keeps_its_name_in_the_open_data_and_clocks(walk: Walk):
    walk.begin_at("demo_test")
    move(walk, other())
    with walk.reading() as session:
        text = progress_file.to_csv(session, calendar.today()).decode("utf-8-sig")
    assert NAMES[FORMER] in text
    assert FORMER not in text
    counted = Clocks(stages={FORMER: {"sip": 3}})
    table = clocks.table(walk.row(), counted, known(walk))
    assert [(one.name, one.total) for one in table.stages] == [(NAMES[FORMER], 3)]
