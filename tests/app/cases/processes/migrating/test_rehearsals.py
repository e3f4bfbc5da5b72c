"""A rehearsal over all live cases: its rows, its groups, its table, decisions, and its end."""

from __future__ import annotations

from typing import get_args

import pytest
from sqlalchemy import func, select

from app.base import calendar
from app.base.models import Migration, MigrationCase, MigrationGroup, ProcessInstance, PutIntoForce
from app.cases.history import case_events
from app.cases.processes.migrating import CaseChange as Change
from app.cases.processes.migrating import CaseVerdict as Verdict
from app.cases.processes.migrating import Gone
from app.cases.processes.migrating.rehearsals import judging, starting, table, words
from tests.app.cases.processes.migrating.rehearsed import Rehearsed, moved_date, undecided
from tests.app.walk import Walk
from workflows.migration import LEAVE, STAY
from workflows.migration.changes import Kind

LANE = Change("lane", "call_entity", "designation", "Llamar a la entidad", "SIP", "SGTD")


@pytest.fixture
def rehearsed(walk: Walk) -> Rehearsed:
    """Return five onboardings and a second version."""
    return Rehearsed(walk)


def test_every_live_case_on_another_version_is_judged_and_none_changes(rehearsed: Rehearsed):
    ended, moved = rehearsed.ids[:2]
    with rehearsed.walk.writing() as session:
        row = session.get_one(ProcessInstance, ended)
        row.ended_at, row.status = row.started_at, "ended"
        session.get_one(ProcessInstance, moved).deployment_id = rehearsed.new_id
    before = rehearsed.versions()
    rehearsed.rehearse()
    assert rehearsed.versions() == before
    made = rehearsed.table()
    assert (made.total, made.judged) == (3, 3)
    assert [(one.label, one.count) for one in made.sections] == [("Pasa", 3)]


def test_a_case_that_ends_during_the_rehearsal_leaves_it(rehearsed: Rehearsed):
    rehearsed.start()
    with rehearsed.walk.writing() as session:
        row = session.get_one(ProcessInstance, rehearsed.ids[0])
        row.ended_at, row.status = row.started_at, "ended"
    rehearsed.judge()
    assert rehearsed.results().keys() == set(rehearsed.ids[1:])


def test_cases_with_the_same_verdict_share_a_group_whatever_their_dates(rehearsed: Rehearsed):
    for day, instance in enumerate(rehearsed.ids[:4], 1):
        rehearsed.fakes.verdicts[instance] = Verdict("changes", changes=(moved_date(day),))
    rehearsed.rehearse()
    assert rehearsed.walk.one(select(func.count()).select_from(MigrationGroup)) == 2
    made = rehearsed.table()
    assert made.dates == 4
    (line,) = next(one.lines for one in made.sections if one.kind == "changes")
    assert (line.text, line.count) == ("Se mueve la fecha de «Plazo vencido»", 4)


def test_a_case_is_counted_in_each_line_and_the_line_leads_to_its_cases(rehearsed: Rehearsed):
    both, one = rehearsed.ids[:2]
    rehearsed.fakes.verdicts[both] = Verdict("changes", changes=(LANE, moved_date()))
    rehearsed.fakes.verdicts[one] = Verdict("changes", changes=(LANE,))
    rehearsed.rehearse()
    section = next(one for one in rehearsed.table().sections if one.kind == "changes")
    assert section.count == 2
    assert [(line.text, line.count) for line in section.lines] == [
        ("«Llamar a la entidad» pasa de SIP a SGTD", 2),
        ("Se mueve la fecha de «Plazo vencido»", 1),
    ]
    groups = rehearsed.walk.read(table.groups_of, rehearsed.migration, section.lines[1].key)
    found = rehearsed.walk.all(
        select(MigrationCase.instance_id).where(MigrationCase.group_number.in_(groups))
    )
    assert found == [both]


def test_reasons_are_lines_of_their_own(rehearsed: Rehearsed):
    first, second = rehearsed.ids[:2]
    rehearsed.fakes.verdicts[first] = Verdict("not_yet", reason="está suspendido")
    rehearsed.fakes.verdicts[second] = Verdict("cannot", reason="falta el paso")
    rehearsed.rehearse()
    made = rehearsed.table().sections
    assert [(one.label, [line.text for line in one.lines]) for one in made] == [
        ("Pasa", []),
        ("Todavía no", ["Está suspendido"]),
        ("No puede", ["Falta el paso"]),
    ]


def test_a_case_that_cannot_be_judged_does_not_stop_the_others(rehearsed: Rehearsed):
    broken = rehearsed.ids[2]

    def judge(session, rows, new, places):
        for row in rows:
            if row.id == broken:
                raise ValueError("a damaged byte")
            yield Verdict("passes")

    rehearsed.start()
    judging.rehearse(rehearsed.engine, rehearsed.migration, judge, lambda old, new: False)
    sections = rehearsed.table().sections
    assert [(one.label, one.count) for one in sections] == [("Pasa", 4), ("No puede", 1)]
    assert sections[1].lines[0].text == "Lo guardado de este proceso no se puede leer"


def test_progress_is_stored_chunk_by_chunk(rehearsed: Rehearsed, monkeypatch):
    monkeypatch.setattr(judging, "CHUNK", 2)
    rehearsed.start()
    seen = []

    def look() -> bool:
        with rehearsed.walk.reading() as session:
            seen.append(judging.progress(session, rehearsed.migration))
        return False

    cases = rehearsed.fakes.cases
    judging.rehearse(rehearsed.engine, rehearsed.migration, cases.judge, cases.needs_two, look)
    assert seen == [(0, 5), (2, 5), (4, 5), (5, 5)]


@pytest.mark.parametrize("again", [False, True])
def test_a_version_put_into_force_during_a_rehearsal_makes_it_void(
    rehearsed: Rehearsed, again: bool
):
    rehearsed.start()

    def put() -> None:
        if not again:
            rehearsed.put_into_force("another")
            return
        with rehearsed.walk.writing() as session:
            session.add(PutIntoForce(deployment_id=rehearsed.new_id, at=calendar.now()))

    rehearsed.fakes.before_judging = put
    rehearsed.judge()
    assert rehearsed.state() == "void"
    made = rehearsed.table()
    assert (made.total, made.judged) == (5, 0)


def test_a_question_has_its_options_and_a_choice_decides_its_cases_until_another(
    rehearsed: Rehearsed,
):
    for instance in rehearsed.ids[:3]:
        rehearsed.fakes.verdicts[instance] = undecided("designate_administrator", "list_personnel")
    rehearsed.rehearse()
    (question,) = rehearsed.table().questions
    assert question.count == 3
    assert [one.id for one in question.options] == ["designate_administrator", "list_personnel"]
    for option, kind in (("list_personnel", "changes"), (STAY, "stays"), ("", "undecided")):
        with rehearsed.locked() as (session, row):
            assert starting.choose(session, row, {question.id: option}, None) == 3
        assert rehearsed.state() == "rehearsing"
        rehearsed.judge()
        made = rehearsed.table()
        assert [(one.kind, one.count) for one in made.sections] == [("passes", 2), (kind, 3)]
        if option:
            assert made.questions[0].chosen == option


def test_to_leave_what_is_gone_and_begin_nothing_is_an_answer(rehearsed: Rehearsed):
    gone = Gone("induction_joins", (LEAVE, "load_demo"))  # a gateway without a name
    rehearsed.fakes.verdicts[rehearsed.ids[0]] = Verdict("undecided", gone=(gone,))
    rehearsed.rehearse()
    (shown,) = rehearsed.table().questions
    assert (shown.chosen, shown.answer) == ("", "")
    assert shown.text == (
        "Están en «la unión antes de “Inducción concluida”», que la versión no tiene allí"
    )
    option = shown.options[0]
    assert option.text == "Dejan lo que la versión no tiene y siguen en lo demás"
    with rehearsed.locked() as (session, row):
        assert starting.choose(session, row, {shown.id: option.id}, None) == 1
        assert row.places == {"induction_joins": LEAVE}
    assert rehearsed.table().questions[0].answer == option.text


def test_one_answer_is_for_all_cases_at_a_step_whatever_else_they_are_at(rehearsed: Rehearsed):
    for instance, other in zip(
        rehearsed.ids, ("list_personnel", "review_designation"), strict=False
    ):
        verdict = Verdict("undecided", gone=(Gone("call_entity", ("file_designation", other)),))
        rehearsed.fakes.verdicts[instance] = verdict
    rehearsed.rehearse()
    (question,) = rehearsed.table().questions
    counts = {one.id: one.count for one in question.options}
    assert counts == {"file_designation": 2, "list_personnel": 1, "review_designation": 1}
    with rehearsed.locked() as (session, row):
        assert starting.choose(session, row, {question.id: "file_designation"}, None) == 2


@pytest.mark.parametrize("answers", [{"other": "list_personnel"}, {"": "stay"}, {"key": "open_x"}])
def test_an_option_that_is_not_offered_is_refused(rehearsed: Rehearsed, answers: dict[str, str]):
    rehearsed.fakes.verdicts[rehearsed.ids[0]] = undecided("list_personnel")
    rehearsed.rehearse()
    key = rehearsed.table().questions[0].id
    given = {key if name == "key" else name: option for name, option in answers.items()}
    with rehearsed.locked() as (session, row):
        with pytest.raises(starting.NotOffered):
            starting.choose(session, row, given, None)
        assert row.places == {}


def test_each_kind_of_change_has_words_in_the_table_and_in_the_history():
    kinds = set(get_args(Kind))
    assert kinds <= words.CHANGES.keys()
    assert kinds <= case_events.CHANGES.keys()


def test_a_new_rehearsal_closes_the_former_one_unless_it_runs(rehearsed: Rehearsed):
    rehearsed.rehearse()
    former = rehearsed.migration
    rehearsed.rehearse()
    assert rehearsed.walk.get(Migration, former).state == "closed"
    assert rehearsed.state() == "rehearsed"
    rehearsed.start()
    with pytest.raises(starting.UnderWay):
        rehearsed.start()
