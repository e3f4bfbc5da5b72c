"""Interest acts: recorded with who decided that day, at the premises or as in the agenda."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.base.models import PlannedVisit, PostHolder, VisitVersion
from app.register.facts.values import Visitor
from app.register.registers import environments
from app.register.visits import personnel, planned
from app.register.visits.planned import Plan
from tests.app import cast
from tests.app.posted import refuses
from tests.app.register.interest_acts.acting import (
    ACT,
    ACTS,
    DEMO,
    MAYOR,
    REASON,
    Acting,
    corrected,
    record,
)
from tests.app.together import together
from tests.app.visited import CODE, lima
from tests.conftest import Clock
from tests.pages import CheckingClient

# Recording ------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_separate_act_has_the_decision_maker_of_that_day(visited: Acting, desk: CheckingClient):
    code = record(desk)
    [row] = visited.acts()
    assert (row.code, row.number, row.newest, row.act) == (code, 1, True, "record")
    assert (row.holder_name, row.holder_post, row.holder_unit) == (
        "Mamani Muestra Carmen",
        "Alcaldesa",
        "Alcaldía",
    )
    assert (row.held_on, row.held_at) == (date(2026, 3, 2), lima("2026-03-02 07:30"))
    assert (row.visit_id, row.audience, row.declared) == (None, "public", True)
    assert row.visitor_key
    page = desk.get(f"{ACTS}/{code}").text
    for said in ("El acto quedó registrado.", "DNI 00000501", "RUC del tercero", "20131370301"):
        assert said in page


def test_an_act_of_a_visit_takes_its_moment_and_its_visitor(visited: Acting, desk: CheckingClient):
    visit_id = visited.visit(
        official="Mamani", kind="private", entity="Ejemplos del Norte S.A.C.", ago=30
    )
    assert not visited.row(visit_id).interest
    address = visited.attached(visit_id)
    page = desk.get(address).text
    assert 'value="Mamani Muestra Carmen · Alcaldesa · Alcaldía"' in page
    assert 'value="Ejemplos del Norte S.A.C."' in page
    assert 'name="actor_name"' not in page
    code = record(desk, address, actor_name="Otra Persona", on="01/03/2026")
    [row] = visited.acts()
    visit = visited.row(visit_id)
    assert (row.visit_id, row.actor_name) == (visit_id, "Quispe Inventada Ana")
    assert (row.held_on, row.held_at) == (visit.visit_on, visit.entry_at)
    assert visit.interest
    acts = visited.all(
        select(VisitVersion.act)
        .where(VisitVersion.visit_id == visit_id)
        .order_by(VisitVersion.number)
    )
    assert acts == ["entry", "interest"]
    assert f"/visita/{visit.code}" in visited.browser().get(f"/acto/{code}").text


def test_an_undeclared_act_is_recorded_as_an_omission(visited: Acting, desk: CheckingClient):
    visit_id = visited.visit(official="Mamani")
    code = record(desk, visited.attached(visit_id), declared="no")
    assert visited.acts()[0].declared is False
    public = visited.browser()
    assert "El visitante no lo declaró" in public.get(f"/acto/{code}").text
    assert "Omisión" in public.get("/actos").text


def test_a_form_that_is_sent_twice_is_one_act(visited: Acting, desk: CheckingClient):
    assert record(desk) == record(desk)
    assert len(visited.acts()) == 1
    record(desk, submission="another-form")
    assert len(visited.acts()) == 2


@pytest.mark.postgresql
def test_a_form_that_is_sent_twice_at_once_is_one_act_and_one_version_of_the_visit(
    visited: Acting,
):
    visit_id = visited.visit(official="Mamani")
    address = visited.attached(visit_id)
    both = [visited.browser("operator"), visited.browser("operator")]
    came = together(*(lambda b=b: record(b, address) for b in both))
    assert came[0] == came[1]
    assert len(visited.acts()) == 1
    assert visited.row(visit_id).versions == 2


def test_acts_keep_the_holder_who_was_in_the_post_on_their_day(
    visited: Acting, desk: CheckingClient, clock: Clock
):
    earlier = record(desk, on="27/02/2026")
    with visited.writing() as session:
        register = visited.register(session)
        left = MAYOR | {"to_on": "2026-03-09"}
        follows = MAYOR | {
            "document_number": "00000409",
            "given_names": "Rosa",
            "surnames": "Flores Ficticia",
            "from_on": "2026-03-10",
        }
        personnel.receive_decision_makers(session, register, [left, follows], date(2026, 3, 10))
    clock.set(lima("2026-03-16 10:00"))
    desk = visited.browser("operator")
    later = record(desk, on="16/03/2026", holder="alcaldesa", submission="later-form")
    refused = desk.post(f"{ACTS}/nuevo", data=ACT | {"on": "16/03/2026", "holder": "mamani"})
    assert refused.status_code == 422
    assert "Nadie con esas palabras estaba ese día en la relación" in refused.text
    between = record(desk, on="05/03/2026", holder="alcaldesa", submission="between-form")
    names = {row.code: row.holder_name for row in visited.acts()}
    assert names == {
        earlier: "Mamani Muestra Carmen",
        between: "Mamani Muestra Carmen",
        later: "Flores Ficticia Rosa",
    }


def test_a_correction_keeps_the_holder_that_stood_there_though_the_roster_changed(
    visited: Acting, desk: CheckingClient
):
    code = record(desk)
    with visited.writing() as session:
        session.scalars(
            select(PostHolder).where(
                PostHolder.post == "Alcaldesa",
                PostHolder.register_id == visited.register(session).id,
            )
        ).one().to_on = date(2026, 2, 20)
    same = {"holder": "Mamani Muestra Carmen · Alcaldesa · Alcaldía"}
    assert corrected(desk, code, matter="Otra materia", **same).status_code == 303
    assert visited.acts()[-1].holder_name == "Mamani Muestra Carmen"
    moved = corrected(desk, code, 2, on="27/02/2026", **same)
    assert moved.status_code == 422
    assert "estaba ese día en la relación" in moved.text


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"on": "03/03/2026"}, "El acto no puede ser después de hoy."),
    ({"hour": "08:01"}, "El acto no puede ser después de ahora."),
    ({"on": "01/02/2026"}, "Los actos se registran desde el 2 de febrero de 2026"),
    ({"holder": "rojas"}, "Nadie con esas palabras estaba ese día en la relación"),
    ({"document_number": "123"}, "El DNI tiene 8 dígitos"),
    ({"third_name": ""}, "Escribe a quién representa."),
    ({"third_ruc": "20131370302"}, "su último dígito no corresponde"),
    ({"where": "outside"}, "fuera de los locales tenía que programarse antes"),
    ({"where": "outside", "planned": "4711"}, "elige una de las opciones"),
]


@pytest.mark.nightly
def test_an_impossible_act_is_refused_and_not_stored(
    visited: Acting, desk: CheckingClient, subtests: pytest.Subtests
):
    refuses(subtests, desk, f"{ACTS}/nuevo", ACT, REFUSED)
    assert visited.acts() == []


def test_a_ruc_with_a_real_number_is_refused_in_a_demo_as_at_the_desk(
    visited: Acting, desk: CheckingClient
):
    real = {"third_ruc": "10412345679"}
    refused = desk.post(f"{DEMO}/nuevo", data=ACT | real)
    assert refused.status_code == 422
    assert "lleva el DNI de una persona" in refused.text
    code = record(desk, f"{DEMO}/nuevo")
    answer = desk.post(
        f"{DEMO}/{code}/corregir",
        data=ACT | real | {"seen": "1", "reason": REASON, "submission": "correction"},
    )
    assert answer.status_code == 422
    assert [row.third_ruc for row in visited.acts()] == [ACT["third_ruc"]]
    assert record(desk, **real)


def test_a_visit_that_is_annulled_or_from_before_acts_were_enabled_takes_none(
    visited: Acting, desk: CheckingClient
):
    visit_id = visited.visit(
        official="Mamani", entry_at=lima("2026-01-15 10:00"), observation="late"
    )
    answer = desk.post(visited.attached(visit_id), data=ACT)
    assert answer.status_code == 422
    assert "desde el 2 de febrero de 2026" in answer.text
    assert "este fue el 15 de enero de 2026" in answer.text
    assert not visited.row(visit_id).interest
    visit_id = visited.visit(official="Mamani")
    address = visited.attached(visit_id)
    visited.annul(visit_id)
    answer = desk.post(address, data=ACT)
    assert answer.status_code == 422
    assert "no está vigente" in answer.text


def test_before_they_are_enabled_the_page_says_which_step_does(
    visited: Acting, desk: CheckingClient
):
    with visited.writing() as session:
        visited.register(session).interest_acts_at = None
    for address in (ACTS, f"{ACTS}/nuevo"):
        page = desk.get(address).text
        assert "Todavía no están habilitados" in page
        assert "«Habilitar el registro de actos de gestión de intereses»" in page
    assert desk.post(f"{ACTS}/nuevo", data=ACT).status_code == 422
    assert visited.acts() == []
    assert "todavía no registra estos actos" in visited.browser().get(f"/actos/{CODE}").text


def test_a_decision_maker_or_a_visit_of_another_entity_is_not_taken(
    visited: Acting, desk: CheckingClient
):
    with visited.writing() as session:
        stranger = cast.entity(session, "E90009")
        register = environments.open_register(session, stranger, "production", None)
        register.interest_acts_at = lima("2026-02-02 09:00")
        personnel.receive_decision_makers(
            session,
            register,
            [MAYOR | {"surnames": "Ajena Otra", "document_number": "00000444"}],
            date(2026, 2, 2),
        )
        other = session.scalars(
            select(PostHolder.id).where(PostHolder.register_id == register.id)
        ).one()
    for words in ({"holder": "ajena"}, {"holder": "ajena", "holder_id": str(other)}):
        answer = desk.post(f"{ACTS}/nuevo", data=ACT | words)
        assert answer.status_code == 422
    # A person chosen among namesakes stays one of this entity.
    data = ACT | {"holder_id": str(other)}
    assert desk.post(f"{ACTS}/nuevo", data=data).status_code == 303
    assert visited.acts()[0].decision_maker_id != other
    visit_id = visited.visit("demo", official="Mamani")
    assert desk.get(visited.attached(visit_id)).status_code == 404
    assert desk.post(visited.attached(visit_id), data=ACT).status_code == 404
    assert desk.get(f"{ACTS}/nuevo?visita=NADA").status_code == 404


# Outside the premises -------------------------------------------------------------------------


def meeting(visited: Acting, official: str = "Mamani", **changed) -> int:
    """Plan a meeting outside on 3 March at ten. Return its id."""
    with visited.writing() as session:
        wanted = Plan(
            visitor=Visitor("Quispe Inventada Ana", "DNI", "00000501"),
            official_id=visited.official(session, official),
            category="interests",
            motive="Reunión fuera",
            site="Fuera de los locales de la entidad",
            place="Cámara de Comercio de Ejemplo",
            expected_at=lima("2026-03-03 10:00"),
            outside=True,
        )
        row = planned.plan(
            session,
            visited.register(session),
            wanted,
            submission=f"meeting with {official}",
            actor_id=None,
        )
        for name, value in changed.items():
            setattr(row, name, value)
        return row.id


OUTSIDE = {"on": "03/03/2026", "hour": "10:00", "where": "outside"}


def test_outside_the_premises_an_act_names_its_meeting_also_when_it_is_corrected_later(
    visited: Acting, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    number = meeting(visited)
    clock.set(lima("2026-03-03 12:00"))
    desk = visited.browser("operator")
    assert "3 de marzo de 2026, 10:00: Quispe Inventada Ana" in desk.get(f"{ACTS}/nuevo").text
    code = record(desk, **OUTSIDE, planned=str(number))
    assert visited.acts()[0].planned_visit_id == number
    page = visited.browser().get(f"/acto/{code}").text
    assert "Fuera de los locales de la entidad: se programó en la agenda el 2 de marzo" in page
    monkeypatch.setattr(planned, "outside_of", lambda *_, **__: [])
    said = OUTSIDE | {"planned": str(number), "matter": "Otra materia"}
    assert corrected(desk, code, **said).status_code == 303
    assert visited.acts()[-1].planned_visit_id == number


@pytest.mark.nightly
def test_a_meeting_of_another_day_or_person_or_planned_later_does_not_serve(
    visited: Acting, clock: Clock, subtests: pytest.Subtests
):
    ours, other = str(meeting(visited)), str(meeting(visited, "Gárate"))
    clock.set(lima("2026-03-04 12:00"))
    visited.change(PlannedVisit, int(ours), created_at=lima("2026-03-03 09:30"))
    wrong = [
        ({"on": "04/03/2026"}, "se programó para el 3 de marzo de 2026, otro día"),
        ({"planned": other}, "se programó con otra persona"),
        ({"hour": "09:00"}, "se programó después del acto"),
    ]
    data = ACT | OUTSIDE | {"planned": ours}
    refuses(subtests, visited.browser("operator"), f"{ACTS}/nuevo", data, wrong)
    assert visited.acts() == []


def test_a_cancelled_or_future_meeting_is_not_offered(visited: Acting, clock: Clock):
    meeting(visited, state="cancelled")
    meeting(visited, "Gárate")
    assert "con Gárate" not in visited.browser("operator").get(f"{ACTS}/nuevo").text
    clock.set(lima("2026-03-03 12:00"))
    page = visited.browser("operator").get(f"{ACTS}/nuevo").text
    assert "con Gárate" in page
    assert "con Mamani" not in page
