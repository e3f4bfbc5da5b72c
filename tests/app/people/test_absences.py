"""Absences: who may be a substitute, when, for which steps, and how the log names both."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from app.base import calendar
from app.base.models import Absence, LogEntry, Notice, User
from app.cases import notices
from app.people import access
from app.people.access import absences
from app.people.access.absences import CannotBeAway
from tests.app.administration.away import assign, end, more, note, person, receivers, stranded
from tests.app.cast import entity_of
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.statements import statements


@pytest.fixture
def begun(walk: Walk) -> Walk:
    """Return a case with steps of the administrator open, and a second coordinator of the SIP."""
    walk.begin_at("training")
    more(walk, "other_sip", "40000031", "sip")
    return walk


def refused(walk: Walk, *args, **kwargs) -> tuple[str, str]:
    """Return which field an absence is refused for, and the sentence; nothing was noted or sent."""
    before = walk.row_counts()
    with pytest.raises(CannotBeAway) as refusal:
        note(walk, *args, **kwargs)
    assert walk.row_counts() == before
    return refusal.value.field, str(refusal.value)


# Permitted substitutes and days ----------------------------------------------------------------


def test_who_stands_in_is_another_active_person_who_answers_all_that_the_absent_one_does(
    begun: Walk,
):
    assert refused(begun, "administrator", "administrator")[0] == "substitute"
    more(begun, "foreign", "40000032", "administrator", "E90002")
    for part in ("preparer", "sip", "foreign"):
        field, sentence = refused(begun, "administrator", part)
        assert field == "substitute"
        assert "no puede responder todo" in sentence
    more(begun, "auditor", "40000033", "auditor")
    assert "No hay pasos que responder" in refused(begun, "auditor", "sip")[1]
    more(begun, "third_sip", "40000034", "sip")
    with begun.writing() as session:
        person(session, begun, "other_sip").active = False
    assert "desactivada" in refused(begun, "sip", "other_sip")[1]
    assert refused(begun, "other_sip", "sip")[0] == ""


@pytest.mark.nightly
def test_a_coordinator_of_both_needs_one_of_both(begun: Walk):
    with begun.writing() as session:
        access.grant(session, person(session, begun, "sip"), "sgtd", None, None)
    assert refused(begun, "sip", "other_sip") == (
        "",
        "No hay una sola persona que te reemplace en todo: debe responder los mismos pasos.",
    )
    with begun.writing() as session:
        access.grant(session, person(session, begun, "other_sip"), "sgtd", None, None)
    note(begun, "sip", "other_sip")


@pytest.mark.nightly
def test_where_nobody_fits_the_sentence_says_what_is_missing(walk: Walk):
    with walk.writing() as session:
        alternate = person(session, walk, "alternate")
        access.revoke(session, alternate, "alternate", entity_of(session), None)
    assert refused(walk, "administrator", "preparer") == (
        "",
        "No hay quien te reemplace en Municipalidad Distrital de Ejemplo 1: hace falta un alterno.",
    )
    assert refused(walk, "administrator", "preparer", by="sip")[1].startswith(
        "No hay quien reemplace a Persona Ejemplo 012 en"
    )
    assert "otra persona que prepare" in refused(walk, "preparer", "alternate")[1]
    assert "«Despacho de la Secretaría»" in refused(walk, "secretary", "sip")[1]


@pytest.mark.nightly
def test_absences_of_one_person_last_from_a_day_to_a_year_and_do_not_overlap(begun: Walk):
    note(begun, "administrator", "alternate", 5, 10)
    for begins, ends in ((0, 5), (10, 12), (6, 7), (0, 20)):
        assert (
            "Ya hay una ausencia" in refused(begun, "administrator", "alternate", begins, ends)[1]
        )
    note(begun, "administrator", "alternate", 4, 4)
    note(begun, "administrator", "alternate", 11, 376)


@pytest.mark.nightly
def test_absences_lead_to_nobody_who_is_away(begun: Walk):
    more(begun, "third_sip", "40000034", "sip")
    note(begun, "sip", "other_sip", 5, 10)
    field, sentence = refused(begun, "third_sip", "sip", 10, 12)
    assert (field, "también se ausenta" in sentence) == ("substitute", True)
    field, sentence = refused(begun, "other_sip", "third_sip", 0, 5)
    assert (field, "reemplaza a Persona Ejemplo 021" in sentence) == ("from_on", True)
    note(begun, "third_sip", "other_sip", 5, 10)
    note(begun, "other_sip", "third_sip", 11, 12)


def test_an_absence_begins_and_ends_by_its_dates_in_lima(begun: Walk, clock: Clock):
    note(begun, "administrator", "alternate", 1, 2)
    for moment, who in (
        (datetime(2026, 3, 3, 4, 59, tzinfo=UTC), "administrator"),
        (datetime(2026, 3, 3, 5, 0, tzinfo=UTC), "alternate"),
        (datetime(2026, 3, 5, 4, 59, tzinfo=UTC), "alternate"),
        (datetime(2026, 3, 5, 5, 0, tzinfo=UTC), "administrator"),
    ):
        clock.set(moment)
        assert receivers(begun, "administrator") == [who]


# Steps and mails of the substitute -------------------------------------------------------------


def test_mails_go_to_who_stands_in_and_to_each_once(begun: Walk):
    assert receivers(begun, "sip") == ["sip", "other_sip"]
    note(begun, "sip", "other_sip")
    assert receivers(begun, "sip") == ["other_sip"]


def test_mails_of_a_coordinator_in_charge_go_to_who_stands_in(begun: Walk):
    more(begun, "third_sip", "40000034", "sip")
    with begun.writing() as session:
        entity_of(session).sip_coordinator_id = begun.people["sip"]
    assert receivers(begun, "sip") == ["sip"]
    note(begun, "sip", "third_sip")
    assert receivers(begun, "sip") == ["third_sip"]


def test_the_recipient_is_named_with_the_user_they_replace():
    a, b, c = (User(id=number, grants=[]) for number in (1, 2, 3))
    assert absences.standing_in([a, b], {}) == [(a, None), (b, None)]
    assert absences.standing_in([a, c], {1: b}) == [(b, a), (c, None)]
    assert absences.standing_in([a, b], {1: b}) == [(b, None)]
    assert absences.standing_in([a, c], {1: b, 3: b}) == [(b, a)]


@pytest.mark.nightly
def test_nobody_away_costs_one_small_statement(begun: Walk):
    note(begun, "administrator", "alternate", 5, 6)
    with begun.reading() as session:
        people = [person(session, begun, part) for part in ("administrator", "sip")]
        with statements(begun.engine) as sent:
            found = absences.stand_in(session, people, calendar.today())
    assert found == [(user, None) for user in people]
    assert len(sent) == 1


def test_what_the_absent_person_took_is_among_ones_own_and_can_be_taken_over(begun: Walk):
    client = begun.browser("alternate")
    assign(begun, "plan_training", "administrator")
    address = f"/tareas/{begun.task('plan_training').id}/asignar"
    client.post(address, data={"para": "mi"})
    assert begun.task("plan_training").assignee_id == begun.people["administrator"]
    assert "a quien reemplazas" not in client.get("/pendientes").text
    note(begun, "administrator", "alternate")
    assert "De Persona Ejemplo 012, a quien reemplazas" in client.get("/pendientes").text
    assert "a quien reemplazas" in client.get("/pendientes?lista=mias").text
    assert "a quien reemplazas" not in begun.browser("administrator").get("/pendientes").text
    client.post(address, data={"para": "mi"})
    assert begun.task("plan_training").assignee_id == begun.people["alternate"]


@pytest.mark.nightly
def test_notices_of_a_coordinator_in_charge_are_the_substitutes_too(begun: Walk):
    more(begun, "third_sip", "40000034", "sip")
    with begun.writing() as session:
        entity = entity_of(session)
        entity.sip_coordinator_id = begun.people["sip"]
        notices.put(session, "answer_received", "1", role="sip", entity=entity)
    note(begun, "sip", "third_sip")

    def waits(part: str) -> bool:
        with begun.reading() as session:
            mine = notices.waiting_for(person(session, begun, part))
            return bool(session.scalars(select(Notice).where(mine)).all())

    assert [waits(part) for part in ("sip", "other_sip", "third_sip")] == [True, False, True]


# Names in the log ------------------------------------------------------------------------------


def answered(walk: Walk) -> LogEntry:
    """Return the entry of the last answer."""
    return walk.entries("task.completed")[-1]


def test_the_log_names_both(begun: Walk):
    note(begun, "administrator", "alternate")
    begun.answer("plan_training", by="alternate")
    entry = answered(begun)
    assert entry.actor_id == begun.people["alternate"]
    assert entry.data["on_behalf_of"] == {
        "id": begun.people["administrator"],
        "name": "Persona Ejemplo 012",
    }
    history = begun.browser("preparer").get("/entidades/E90001/historial").text
    assert "Persona Ejemplo 013, en reemplazo de Persona Ejemplo 012" in history


@pytest.mark.nightly
def test_who_had_taken_a_task_is_named_though_others_would_get_the_mail(begun: Walk):
    begun.answer("plan_training")
    more(begun, "authority", "40000035", "authority", "E90001")
    change = begun.begin("change_authority")
    with begun.writing() as session:
        task = begun.find(session, "register_authority_change", change)
        task.assignee_id = begun.people["preparer"]
    note(begun, "preparer", "authority")
    begun.answer("register_authority_change", "registered", instance=change, by="authority")
    assert answered(begun).data["on_behalf_of"]["id"] == begun.people["preparer"]


@pytest.mark.nightly
@pytest.mark.parametrize("case", ["present", "before", "own", "taken by oneself", "both told"])
def test_otherwise_one_acts_for_oneself(begun: Walk, case: str):
    if case == "before":
        note(begun, "administrator", "alternate", 1, 2)
    elif case in ("own", "taken by oneself"):
        note(begun, "administrator", "alternate")
    if case == "taken by oneself":
        assign(begun, "plan_training", "alternate")
    if case == "both told":
        begun.answer("plan_training")
        more(begun, "authority", "40000035", "authority", "E90001")
        note(begun, "preparer", "authority")
        change = begun.begin("change_authority")
        begun.answer("register_authority_change", "registered", instance=change, by="authority")
    else:
        begun.answer("plan_training", by="administrator" if case == "own" else "alternate")
    assert "on_behalf_of" not in answered(begun).data


def test_noting_and_ending_are_in_the_history_and_mailed_to_both(begun: Walk):
    first = note(begun, "administrator", "alternate", by="sip")
    end(begun, first, "sip")
    history = begun.browser("preparer").get("/entidades/E90001/historial").text
    days = "del 2 de marzo de 2026 al 12 de marzo de 2026"
    who = f"de Persona Ejemplo 012 {days}: reemplaza Persona Ejemplo 013"
    assert f"Se anotó la ausencia {who}" in history
    assert f"Terminó la ausencia {who}" in history
    mails = {(mail.to[8:11], mail.subject) for mail in begun.mails("absence")}
    assert mails == {
        ("013", f"Reemplazas a Persona Ejemplo 012 {days}"),
        ("012", f"Anotamos tu ausencia {days}"),
        ("013", "Ya no reemplazas a Persona Ejemplo 012"),
        ("012", f"Terminó tu ausencia anotada {days}"),
    }


def test_users_get_no_mail_about_their_own_act(begun: Walk):
    end(begun, note(begun, "administrator", "alternate"), "administrator")
    assert {mail.to for mail in begun.mails("absence")} == {"persona.013@example.pe"}


def test_an_absence_is_logged_in_each_entity_and_once_for_the_pcm(begun: Walk):
    begun.begin(code="E90002")
    with begun.writing() as session:
        place = entity_of(session, "E90002")
        for part in ("administrator", "alternate"):
            access.grant(session, person(session, begun, part), part, place, None)
    note(begun, "administrator", "alternate")
    note(begun, "sip", "other_sip", 1, 1)
    entries = begun.entries("absence.noted")
    assert [entry.entity_id is None for entry in entries] == [False, False, True]
    assert len({entry.entity_id for entry in entries}) == 3


def test_an_absence_ends_at_once_only_once_not_when_it_is_over_and_is_then_in_nobodys_way(
    begun: Walk, clock: Clock
):
    first = note(begun, "administrator", "alternate", 0, 1)
    clock.forward(days=2)
    end(begun, first, "administrator")
    assert begun.entries("absence.ended") == []
    assert begun.get(Absence, first).ended_at is None
    first = note(begun, "administrator", "alternate")
    clock.forward(days=1)
    end(begun, first, "administrator")
    assert receivers(begun, "administrator") == ["administrator"]
    end(begun, first, "administrator")
    assert len(begun.entries("absence.ended")) == 1
    note(begun, "administrator", "alternate")


# Roles that change meanwhile -------------------------------------------------------------------


def test_a_new_role_that_the_substitute_could_not_answer_for_ends_the_absence(begun: Walk):
    first = note(begun, "sip", "other_sip", 3, 5)
    with begun.writing() as session:
        access.grant(session, person(session, begun, "sip"), "auditor", None, None)
    assert begun.entries("absence.ended") == []
    with begun.writing() as session:
        access.grant(session, person(session, begun, "sip"), "sgtd", None, None)
    assert begun.get(Absence, first).ended_at is not None
    assert "ya no puede responder" in begun.entries("absence.ended")[0].data["reason"]
    assert "Si sigues ausente" in begun.mails("absence")[-1].body


def test_nobody_is_stranded_during_an_absence_unless_the_substitute_cannot_act(
    begun: Walk, clock: Clock
):
    assign(begun, "plan_training", "administrator")
    note(begun, "administrator", "alternate", 0, 3)
    for _ in range(5):
        assert stranded(begun) == []
        clock.forward(days=1)
    note(begun, "administrator", "alternate")
    begun.execute(update(User).where(User.id == begun.people["alternate"]).values(active=False))
    assert stranded(begun) == ["plan_training"]
