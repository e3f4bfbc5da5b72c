"""Every declared fact of a visit is entered, stored, shown and published, and no other one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any

import pytest

from app.base.models import Visit
from app.register.desk.entry.form import EntryForm
from app.register.desk.visit_form import CHOICES, TEXTS, VisitForm
from app.register.facts.columns import Column
from app.register.facts.declared import BY_NAME, CORRECTABLE, DECLARED, ENTERED, OTHERS
from app.register.facts.fact import Fact
from app.register.facts.shapes import OFFICIAL, OPEN
from app.register.importing import headings
from app.register.importing.judging import Judge, Own
from app.register.importing.reading import Line
from app.register.visits import history
from tests.app.register.desk import desks
from tests.app.register.desk.test_corrections import address, correct
from tests.app.visited import Visited, lima

#: Columns of a visit's row that are no facts: keys, counts and what the register adds.
ROW = frozenset(
    "id code register_id rank recorded_at changed_at changed_in versions recorded_by_id submission"
    " search_text".split()
)
#: Aspect → whether a fact declares it, and the facts that have a reason not to.
ASPECTS: Mapping[str, tuple[Callable[[Fact], Any], str]] = {
    "a line in the history": (
        lambda fact: fact.label,
        # Keys; the acts, the category and the source say it.
        "official_id visitor_key group_code interest cut_off_on",
    ),
    "a field of the shape abierto": (lambda fact: fact.open, "audience official_id"),
    "a correction": (
        lambda fact: fact.correctable,
        "state audience visit_on visitor_key official_name official_unit official_post interest"
        # They follow from others, or from a separate act.
        " group_code source cut_off_on norm_version",
    ),
    "a column of a file of past visits": (
        lambda fact: fact.imported,
        "state audience exit_state visitor_key official_id interest group_code source"
        " cut_off_on norm_version",  # the register knows them, or they follow from other columns
    ),
    "a row of the public page or of the desk's, besides those that the templates spell out": (
        lambda fact: fact.page or fact.desk_row,
        "state audience visit_on entry_at exit_at exit_state visitor_name document_type"
        " document_number visitor_key visitor_kind visitor_entity visitor_entity_ruc official_id"
        " category site interest group_code source cut_off_on norm_version",
    ),
    "a field of the entry, besides those with a rule of their own": (
        lambda fact: fact.entered,
        "state audience visit_on entry_at exit_at exit_state visitor_name document_type"
        " document_number visitor_key visitor_kind visitor_entity visitor_entity_ruc official_id"
        " official_name official_unit official_post observation interest group_code source"
        " cut_off_on norm_version",
    ),
}
#: Cell → two values that are read differently, where the cell is not a free text.
CELLS: Mapping[str, tuple[Any, Any]] = {
    "visit_on": ("05/02/2025", "06/02/2025"),
    "entry": ("09:15", "09:20"),
    "exit": ("10:05", "10:10"),
    "document_type": ("CE", "PASAPORTE"),
    "document_number": ("00000501", "00000502"),
    "visitor_kind": ("Entidad pública", "Entidad privada"),
    "visitor_entity_ruc": ("20131370301", "20131373237"),
    "category": ("Reunión de trabajo", "Otros"),
    "observation": ("Registro extemporáneo", ""),
}
PAST: Mapping[str, Any] = {
    "visit_on": "05/02/2025",
    "visitor": "QUISPE INVENTADA ANA",
    "document_number": "000000501",
    "visitor_kind": "Entidad privada",
    "visitor_entity": "EMPRESA INVENTADA",
    "official": "ROJAS EJEMPLO JORGE",
    "entry": "09:15",
    "exit": "10:05",
    "motive": "Coordinación",
}


def attributes(column: Column) -> set[str]:
    """Return the columns of `visit` that a column of open data uses."""
    return set(re.findall(r"\bvisit\.(\w+)", str(column.expression(False))))


def test_the_row_of_a_visit_has_a_column_per_fact_and_no_other():
    assert {column.key for column in Visit.__table__.columns} == {*BY_NAME, *ROW}


def test_every_fact_declares_each_aspect_or_has_a_reason_not_to():
    for aspect, (declares, without) in ASPECTS.items():
        lacking = {fact.name for fact in DECLARED if not declares(fact)}
        assert lacking == set(without.split()), aspect


def test_every_line_of_the_history_is_of_declared_facts_and_of_each_once():
    lines = [name for line in history.FIELDS for name in line.names]
    assert sorted(lines) == sorted(fact.name for fact in DECLARED if fact.label)
    assert history.LINES.keys() <= {fact.label for fact in DECLARED}


def test_each_field_of_the_shape_abierto_is_made_of_its_fact():
    made_of = {column.name: attributes(column) for column in OPEN}
    for fact in DECLARED:
        if fact.open:
            assert fact.name in made_of.pop(fact.open.name)
    assert set().union(*made_of.values()) <= ROW


def test_each_column_of_the_shape_oficial_is_made_of_the_facts_that_say_so():
    for column in OFFICIAL:
        said = {fact.name for fact in DECLARED if fact.official == column.name}
        assert attributes(column) - {"recorded_at"} == said
    assert {fact.official for fact in DECLARED} - {""} <= {column.name for column in OFFICIAL}


def test_a_row_of_the_public_page_is_a_column_of_one_of_the_shapes():
    columns = {column.name: column for column in (*OFFICIAL, *OPEN)}
    for fact in DECLARED:
        if fact.page:
            assert fact.name in attributes(columns[fact.page.column])


def test_the_forms_have_the_fields_of_their_facts(visited: Visited):
    made = visited.visit()
    with visited.app.test_request_context(), visited.reading() as session:
        form = EntryForm(session, visited.register(session))
        for fact in ENTERED:
            assert fact.entered
            assert form[fact.name].label.text == fact.entered.label
        visit = session.get_one(Visit, made)
        correction = VisitForm(session, visit)
        assert {*correction.values()} == {*CORRECTABLE}
        assert {*TEXTS, *CHOICES, "official_id"} <= {*correction._fields}
        for fact in DECLARED:
            if fact.corrected:
                assert correction[fact.name].label.text == fact.corrected.label


def sample(fact: Fact) -> str:
    return list(fact.words)[-1] if fact.words else f"Texto de {fact.name}"


@pytest.mark.nightly
def test_what_the_desk_enters_is_on_the_row_and_on_both_pages(visited: Visited):
    page = visited.browser("operator").get(desks.DESK).text
    assert all(f' name="{fact.name}"' in page for fact in ENTERED)
    texts = {fact.name: sample(fact) for fact in ENTERED if fact.name != "site"}
    assert desks.enter(visited, desks.filled(**texts)).status_code == 303
    [row] = desks.rows(visited)
    assert {name: getattr(row, name) for name in texts} == texts
    desk = unescape(visited.browser("operator").get(address(visited, row.id)).text)
    public = unescape(visited.browser().get(f"/visita/{row.code}").text)
    for name, value in texts.items():
        shown = BY_NAME[name].text_of(value)
        assert shown in desk
        assert shown in public


def test_what_is_corrected_is_in_the_history_on_both_pages(visited: Visited):
    made = visited.visit(others=dict.fromkeys(OTHERS, "Antes"))
    texts = {fact.name: sample(fact) for fact in DECLARED if fact.corrected}
    assert correct(visited, made, **texts).status_code == 303
    row = visited.row(made)
    assert {name: getattr(row, name) for name in texts} == texts
    for page in (
        visited.browser("operator").get(address(visited, made)),
        visited.browser().get(f"/visita/{row.code}"),
    ):
        _, _, since = unescape(page.text).partition("Corrección")
        for name, value in texts.items():
            assert BY_NAME[name].label in since
            assert BY_NAME[name].text_of(value) in since


def test_each_column_of_a_file_is_known_and_read():
    for name in [fact.name for fact in DECLARED if fact.imported]:
        column = BY_NAME[name].imported
        assert column
        own = Own("Entidad", "E", "20131370301")
        read = []
        assert column.cell in headings.COLUMNS
        for value in CELLS.get(column.cell, ("Texto uno", "Texto dos")):
            cells = PAST | {column.cell: value}
            judge = Judge(own, lima("2026-03-02 08:00"), frozenset())
            read.append(judge.judge(Line(2, cells)).visit)
        assert all(read)
        assert read[0] != read[1]
        if column.as_text:
            assert [visit and visit[name] for visit in read] == ["Texto uno", "Texto dos"]
