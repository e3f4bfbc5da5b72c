"""Departures: no open task ever belongs to a user who cannot act."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.administration.users import changes
from app.administration.users.departures import NobodyLeft
from app.base import calendar
from app.base.models import Absence, Entity, Notice, ProcessInstance, Task, Ticket, User
from app.cases import processes, records
from app.cases.case import Case
from app.people import access
from app.people.access import tickets, vacancies
from tests.app.administration.away import (
    assign,
    deactivate,
    more,
    note,
    person,
    receivers,
    stranded,
    take,
)
from tests.app.cases.processes.test_redesignation import designate
from tests.app.together import meeting, together
from tests.app.walk import Walk

Act = Callable[[Walk, str], tuple[str, ...]]


def notices_of(walk: Walk) -> list[str]:
    """Return the lanes with a notice that no user is left."""
    waiting = select(Notice).where(Notice.kind == "nobody_left", Notice.done_at.is_(None))
    return [notice.data["lane"] for notice in walk.all(waiting.order_by(Notice.id))]


def processes_of(walk: Walk) -> list[str]:
    """Return the processes that have open tasks."""
    with walk.reading() as session:
        tasks = session.scalars(select(Task).where(Task.state == "open").order_by(Task.id))
        return sorted({task.instance.process for task in tasks})


def redesignation(walk: Walk) -> int:
    """Return the id of the open redesignation."""
    running = select(ProcessInstance.id).where(
        ProcessInstance.process == "redesignation", ProcessInstance.ended_at.is_(None)
    )
    return walk.one(running)


def code_is_out(walk: Walk) -> bool:
    """Return whether the entity has an unused activation code."""
    with walk.reading() as session:
        return access.vacancies.code_is_out(session, session.scalars(select(Entity)).one().id)


def take_role(walk: Walk, role: str) -> tuple[str, ...]:
    """Take a role from the person of the walk that is named after it."""
    return take(walk, role, role)


def leaves_entity(walk: Walk) -> None:
    """End the role of the alternate, so that the administrator is the last user of the entity."""
    take_role(walk, "alternate")


# Deactivating, and taking a role ---------------------------------------------------------------


def test_what_the_deactivated_had_taken_is_back_in_the_tray(begun: Walk):
    assign(begun, "plan_training", "administrator")
    deactivate(begun, "administrator")
    assert begun.task("plan_training").assignee_id is None
    assert receivers(begun, "administrator") == ["alternate"]
    assert begun.entries("task.unassigned")[0].actor_id == begun.people["superuser"]
    assert stranded(begun) == []
    assert processes_of(begun) == ["onboarding"]


def test_a_task_taken_by_a_user_without_the_role_is_back_in_the_tray(begun: Walk):
    assign(begun, "plan_training", "alternate")
    take_role(begun, "alternate")
    assert begun.task("plan_training").assignee_id is None
    assert stranded(begun) == []


def test_a_role_that_is_not_the_lanes_leaves_tasks_where_they_are(begun: Walk):
    assign(begun, "plan_training", "alternate")
    with begun.writing() as session:
        place = session.scalars(select(Entity)).one()
        access.grant(session, person(session, begun, "alternate"), "operator", place, None)
    take(begun, "alternate", "operator")
    assert begun.task("plan_training").assignee_id == begun.people["alternate"]


@pytest.mark.guard("a case goes from a departure to a designation")
@pytest.mark.parametrize("act", [deactivate, take_role])
def test_without_an_administrator_another_is_designated(begun: Walk, act: Act):
    leaves_entity(begun)
    assert act(begun, "administrator") == (
        "Se inició una nueva designación en Municipalidad Distrital de Ejemplo 1, que quedó sin "
        "administrador.",
    )
    assert processes_of(begun) == ["onboarding", "redesignation"]
    assert begun.task("plan_training").paused_days is not None
    assert notices_of(begun) == ["administrator"]
    assert stranded(begun) == []
    designate(begun, redesignation(begun))
    assert notices_of(begun) == []
    assert stranded(begun) == []
    assert begun.task("plan_training").paused_days is None


@pytest.mark.nightly
def test_that_designation_is_not_cancelled_while_nobody_else_could_act(begun: Walk):
    leaves_entity(begun)
    deactivate(begun, "administrator")
    again = redesignation(begun)
    with pytest.raises(processes.Refused, match="nadie respondería"):
        begun.commit(processes.cancel, again, "Por error", begun.people["sip"])
    more(begun, "new", "40000036", "alternate", "E90001")
    begun.commit(processes.cancel, again, "Por error", begun.people["sip"])
    assert stranded(begun) == []


def test_while_another_is_designated_the_last_may_leave(begun: Walk):
    begun.begin("redesignation")
    leaves_entity(begun)
    assert deactivate(begun, "administrator") == ()
    assert stranded(begun) == []


def test_an_administrator_who_was_never_designated_leaves_no_gap(started: Walk):
    leaves_entity(started)
    assert take_role(started, "administrator") == ()
    assert stranded(started) == []


def test_of_an_entity_outside_the_catalogue_what_runs_goes_on_too(begun: Walk):
    leaves_entity(begun)
    with begun.writing() as session:
        session.scalars(select(Entity)).one().active = False
    (said,) = deactivate(begun, "administrator")
    assert said.startswith("Se inició una nueva designación")
    assert stranded(begun) == []


def test_without_a_preparer_the_entity_gets_a_code_whose_bearer_goes_on(started: Walk):
    assert not code_is_out(started)
    (said,) = deactivate(started, "preparer")
    assert "código de activación" in said
    assert code_is_out(started)
    assert notices_of(started) == ["authority"]
    assert started.mails("activation")[0].to == "mesadepartes.e90001@example.pe"
    assert stranded(started) == []
    with started.writing() as session:
        code = access.issue_activation_code(session, session.scalars(select(Entity)).one())
    data = {"entity_code": "E90001", "activation_code": code}
    sent = started.person("40000019", "operator", "E90002")
    assert started.browser_of(sent).post("/activar", data=data).status_code == 303
    assert notices_of(started) == []
    assert stranded(started) == []
    assert "designate_administrator" in started.open_steps()


@pytest.mark.parametrize("way", ["given the role", "reactivated"])
def test_the_notice_is_taken_down_once_the_lane_is_filled(started: Walk, way: str):
    deactivate(started, "preparer")
    client = started.browser("superuser")
    part, rest = ("sip", "funciones") if way == "given the role" else ("preparer", "reactivar")
    data = {"role": "authority", "entity_code": "E90001"}
    assert client.post(f"/personas/{started.people[part]}/{rest}", data=data).status_code == 303
    assert notices_of(started) == []


def test_a_code_that_is_out_is_left_alone(started: Walk):
    with started.writing() as session:
        access.issue_activation_code(session, session.scalars(select(Entity)).one())
    deactivate(started, "preparer")
    assert [ticket.void for ticket in started.all(select(Ticket))] == [False]


def test_an_entity_that_never_began_gets_none(walk: Walk):
    more(walk, "superuser", "40000001", "superuser")
    assert take_role(walk, "preparer") == ()
    assert not code_is_out(walk)


@pytest.mark.nightly
def test_the_last_of_the_pcm_stays(begun: Walk):
    for role, number in {"sip": "40000037", "sgtd": "40000038", "secretary": "40000039"}.items():
        before = begun.row_counts()
        with pytest.raises(NobodyLeft, match="da antes esa función a otra"):
            deactivate(begun, role)
        with pytest.raises(NobodyLeft, match="única persona activa"):
            take_role(begun, role)
        assert begun.row_counts() == before
        more(begun, f"another {role}", number, role)
        deactivate(begun, role)
        assert stranded(begun) == []


@pytest.mark.nightly
def test_the_page_says_why_and_what_was_done(begun: Walk):
    client = begun.browser("superuser")
    number = begun.people["sip"]
    client.post(f"/personas/{number}/desactivar")
    page = client.get(f"/personas/{number}").text
    assert "es la única persona activa con la función «Coordinador de la SIP»" in page
    assert "Desactivar la cuenta" in page
    before = client.get(f"/personas/{number}/desactivar").text
    assert "No hay nadie más con esta función: dala antes a otra persona." in before
    assert "govuk-button--warning" not in before
    held = begun.people["preparer"]
    client.post(f"/personas/{held}/desactivar")
    assert "tiene un código de activación" in client.get(f"/personas/{held}").text


def test_entities_of_a_coordinator_who_leaves_are_in_the_charge_of_all(begun: Walk):
    more(begun, "other_sip", "40000031", "sip")
    with begun.writing() as session:
        session.scalars(select(Entity)).one().sip_coordinator_id = begun.people["sip"]
    deactivate(begun, "sip")
    assert begun.all(select(Entity.sip_coordinator_id)) == [None]
    assert receivers(begun, "sip") == ["other_sip"]
    assert begun.entries("entity.coordinator_assigned")[0].data["person"] == ""


@pytest.mark.postgresql
def test_two_do_not_leave_at_once_where_one_must_stay(begun: Walk, monkeypatch: pytest.MonkeyPatch):
    more(begun, "other_sip", "40000031", "sip")
    # Without the lock, both would check before either has left.
    monkeypatch.setattr(vacancies, "is_vacant", meeting(vacancies.is_vacant, 2, 1))
    results = together(
        lambda: deactivate(begun, "sip"), lambda: deactivate(begun, "other_sip")
    )  # fmt: skip
    assert {type(result) for result in results} == {tuple, NobodyLeft}
    assert len(begun.read(access.holders, "sip")) == 1


# A substitute leaves ---------------------------------------------------------------------------


@pytest.mark.parametrize("act", [deactivate, take_role])
def test_when_the_substitute_leaves_the_absence_ends_and_all_get_a_mail(begun: Walk, act: Act):
    assign(begun, "plan_training", "administrator")
    absence = note(begun, "administrator", "alternate")
    done = act(begun, "alternate")
    assert begun.get(Absence, absence).ended_at is not None
    assert receivers(begun, "administrator") == ["administrator"]
    assert begun.task("plan_training").assignee_id == begun.people["administrator"]
    if act is deactivate:
        assert done[0].startswith("Terminó la ausencia de Persona Ejemplo 012 anotada del 2 de")
    assert begun.mails("absence")[-1].subject.startswith("Terminó tu ausencia")
    assert stranded(begun) == []


def test_an_absence_of_who_leaves_ends(begun: Walk):
    absence = note(begun, "administrator", "alternate", 3, 5)
    deactivate(begun, "administrator")
    assert begun.get(Absence, absence).ended_at is not None
    found_text = {mail.to for mail in begun.mails("absence")}
    assert found_text == {"persona.013@example.pe"}, "nothing is written to a closed account"


# Acts of the diagrams --------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_redesignation_ends_the_roles_of_deactivated_people_too(begun: Walk):
    deactivate(begun, "administrator")
    designate(begun, begun.begin("redesignation"))
    with begun.writing() as session:
        changes.reactivate(session, person(session, begun, "administrator"), begun.people["sip"])
    assert not begun.has_role("40000012", "administrator")


@pytest.mark.nightly
def test_a_redesignation_ends_the_absence_of_who_was_administrator(begun: Walk):
    absence = note(begun, "administrator", "alternate")
    assign(begun, "plan_training", "administrator")
    designate(begun, begun.begin("redesignation"))
    assert begun.get(Absence, absence).ended_at is not None
    assert begun.task("plan_training").assignee_id is None
    assert stranded(begun) == []


@pytest.mark.nightly
def test_designating_a_closed_account_is_an_incident(begun: Walk):
    again = begun.begin("redesignation")
    begun.answer("designate_administrator", instance=again)
    with begun.writing() as session:
        assert begun.task("designate_administrator", again).state == "completed"
        for part in ("administrator", "alternate"):
            person(session, begun, part).active = False
    begun.answer("file_designation", instance=again)
    begun.answer("record_reception", "received", instance=again)
    begun.commit(close_designated, again)
    begun.answer("review_designation", "accepted", instance=again)
    (incident,) = begun.incidents()
    assert incident.element == "open_accounts"
    assert "reactivate one" in incident.traceback
    assert stranded(begun) == []


def close_designated(session, instance_id: int) -> None:
    """Create deactivated accounts of the designated persons; there is no alternate."""
    row = session.get_one(ProcessInstance, instance_id)
    designated = records.read(Case(session, row.entity, row, None), "administrator")
    for one in filter(None, (designated["holder"], designated["alternate"])):
        session.add(
            User(
                document_type=one["document_type"],
                document_number=one["document_number"],
                given_names=one["given_names"],
                surnames=one["surnames"],
                active=False,
                created_at=calendar.now(),
                grants=[],
            )
        )


def test_a_new_authority_without_an_address_leaves_the_entity_a_code(begun: Walk):
    change = begun.begin("change_authority")
    take_role(begun, "preparer")
    assert code_is_out(begun)
    with begun.writing() as session:
        for ticket in session.scalars(select(Ticket).where(Ticket.used_at.is_(None))):
            tickets.spend(session, ticket)
    more(begun, "authority", "40000035", "authority", "E90001")
    begun.answer("register_authority_change", "registered", instance=change, by="authority")
    assert not begun.has_role("40000035", "authority")
    assert code_is_out(begun)
    assert notices_of(begun) == ["authority"]
    assert stranded(begun) == []


def test_an_onboarding_begins_if_every_lane_of_the_pcm_is_filled(walk: Walk):
    with walk.writing() as session:
        person(session, walk, "secretary").active = False
    client = walk.browser("sip")
    client.post("/entidades/E90001/iniciar/implementacion")
    assert "falta alguien con la función «Despacho" in client.get("/entidades/E90001").text
    with walk.writing() as session:
        person(session, walk, "secretary").active = True
    client.post("/entidades/E90001/iniciar/implementacion")
    assert processes_of(walk) == ["onboarding"]
