"""Interest acts of a reserved visit are neither shown nor offered, nor are their earlier values."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.base.models import InterestAct, PlannedVisit, Visit
from app.register.facts.values import Visitor
from app.register.visits import planned, reserved
from app.register.visits.planned import Arrival, Plan
from app.register.visits.reserved import Authorisation
from tests.app.register.interest_acts.acting import ACT, ACTS, REASON, Acting, corrected, record
from tests.app.visited import lima
from tests.conftest import Clock

AUTHORISATION = Authorisation("Lucía Gárate Ficticia, Gerenta", "D.Leg. 1327", date(2026, 9, 1))
NAME = "Denunciante Inventada Eva"


def meeting(visited: Acting, clock: Clock) -> int:
    """Plan a meeting outside with the mayor, on 3 March at ten; it is that hour."""
    with visited.writing() as session:
        made = planned.plan(
            session,
            visited.register(session),
            Plan(
                visitor=Visitor(NAME, "DNI", "00000509"),
                official_id=visited.official(session, "Mamani"),
                category="interests",
                motive="Una obra",
                site=planned.ELSEWHERE,
                place="Plaza de Armas",
                expected_at=lima("2026-03-03 10:00"),
                outside=True,
            ),
            submission="a-meeting",
            actor_id=None,
        )
        meeting_id = made.id
    clock.set(lima("2026-03-03 10:30"))
    return meeting_id


def arrived(visited: Acting, meeting_id: int) -> int:
    """Record the arrival of the expected visitor. Return the visit's id."""
    with visited.writing() as session:
        row = session.get_one(PlannedVisit, meeting_id)
        arrival = Arrival(NAME, "DNI", "00000509")
        visit, _ = planned.arrive(
            session, visited.register(session), row, arrival, actor_id=visited.people["operator"]
        )
        return visit.id


def lift(visited: Acting, visit_id: int) -> None:
    with visited.writing() as session:
        row = session.get_one(Visit, visit_id)
        reserved.lift(session, row, reason="Fin de la denuncia", actor_id=None)


def outside(meeting_id: int) -> dict[str, str]:
    return {
        "on": "03/03/2026",
        "hour": "10:00",
        "where": "outside",
        "planned": str(meeting_id),
        "actor_name": NAME,
    }


@pytest.mark.nightly
def test_a_meeting_with_a_reserved_visit_is_offered_only_to_managers(visited: Acting, clock: Clock):
    visit_id = arrived(visited, meeting(visited, clock))
    operator = visited.browser("operator")
    assert NAME in operator.get(f"{ACTS}/nuevo").text
    visited.reserve(visit_id)
    assert NAME not in operator.get(f"{ACTS}/nuevo").text
    assert NAME in visited.browser("administrator").get(f"{ACTS}/nuevo").text


def test_an_act_of_a_planned_meeting_is_hidden_and_shown_with_its_visit(
    visited: Acting, clock: Clock
):
    meeting_id = meeting(visited, clock)
    code = record(visited.browser("administrator"), **outside(meeting_id))
    visit_id = arrived(visited, meeting_id)
    everybody, operator = visited.browser(), visited.browser("operator")
    assert everybody.get(f"/acto/{code}").status_code == 200
    visited.reserve(visit_id)
    assert [act.audience for act in visited.acts()] == ["reserved"]
    assert everybody.get(f"/acto/{code}").status_code == 404
    assert NAME not in everybody.get("/actos").text
    assert operator.get(f"{ACTS}/{code}").status_code == 404
    lift(visited, visit_id)
    assert everybody.get(f"/acto/{code}").status_code == 200


@pytest.mark.nightly
def test_an_act_recorded_once_its_meeting_is_reserved_is_not_shown(visited: Acting, clock: Clock):
    meeting_id = meeting(visited, clock)
    visited.reserve(arrived(visited, meeting_id))
    code = record(visited.browser("administrator"), **outside(meeting_id))
    assert visited.browser().get(f"/acto/{code}").status_code == 404
    assert NAME not in visited.browser().get("/actos").text
    assert NAME not in visited.browser("operator").get(ACTS).text
    assert NAME in visited.browser("administrator").get(ACTS).text
    with visited.reading() as session:
        act = select(InterestAct).where(InterestAct.code == code, InterestAct.newest)
        assert session.scalar(act) is not None


# The public page after the reservation --------------------------------------------------------


@pytest.mark.nightly
def test_the_public_reads_no_version_of_an_act_from_during_the_reservation(
    visited: Acting, clock: Clock
):
    visit_id = visited.visit(official="Mamani")
    manager = visited.browser("administrator")
    code = record(manager, visited.attached(visit_id))
    clock.set(lima("2026-03-02 09:00"))
    visited.reserve(visit_id)
    clock.set(lima("2026-03-02 09:13"))
    hidden = {"matter": "Un chantaje", "reason": "Lo pidió la fiscalía"}
    assert corrected(manager, code, **hidden).status_code == 303
    visited.correct(visit_id, "Protegida", visitor_name=NAME)
    visited.correct(visit_id, "Protegida", visitor_name=ACT["actor_name"])
    back = {"matter": ACT["matter"], "reason": "Se volvió atrás", "submission": "back-again"}
    assert corrected(manager, code, 4, **back).status_code == 303
    clock.set(lima("2026-03-02 09:30"))
    lift(visited, visit_id)
    clock.forward(minutes=5)
    assert corrected(manager, code, 5, decision_sought="Otra decisión").status_code == 303
    page = visited.browser().get(f"/acto/{code}").text
    assert page.count("Su visita estuvo reservada") == 1
    assert "2 de marzo de 2026, 09:30" in page  # when the reservation ended, as on a visit's page
    for said in ("Registro del acto", f"Motivo: {REASON}", ACT["decision_sought"], "Otra decisión"):
        assert said in page
    unsaid = ("chantaje", "fiscalía", "Denunciante", "Protegida", "volvió", "denuncia", "09:13")
    for secret in unsaid:
        assert secret not in page
    page = manager.get(f"{ACTS}/{code}").text
    for said in ("Un chantaje", "Lo pidió la fiscalía", NAME, "Protegida", "Se volvió atrás"):
        assert said in page


def test_an_act_annulled_while_the_visit_of_its_meeting_was_reserved_does_not_say_why(
    visited: Acting, clock: Clock
):
    meeting_id = meeting(visited, clock)
    manager = visited.browser("administrator")
    code = record(manager, **outside(meeting_id))
    visit_id = arrived(visited, meeting_id)
    clock.forward(minutes=1)
    visited.reserve(visit_id)
    clock.forward(minutes=1)
    data = {"reason": "Era de una denuncia", "submission": "annulment-form"}
    assert manager.post(f"{ACTS}/{code}/anular", data=data).status_code == 303
    clock.forward(minutes=1)
    lift(visited, visit_id)
    page = visited.browser().get(f"/acto/{code}").text
    assert "Este acto está anulado" in page
    assert page.count("Su visita estuvo reservada") == 1
    assert "denuncia" not in page.replace(NAME, "")
    assert "Era de una denuncia" in manager.get(f"{ACTS}/{code}").text
