"""Interest acts are corrected and annulled in public: every version stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.base.models import VisitVersion
from tests.app.register.interest_acts.acting import ACTS, REASON, Acting, corrected, record
from tests.app.together import together
from tests.conftest import Clock
from tests.pages import CheckingClient

# Correcting and annulling ---------------------------------------------------------------------


def test_a_correction_is_another_version_and_all_are_public(
    visited: Acting, desk: CheckingClient, clock: Clock
):
    code = record(desk)
    clock.forward(minutes=5)
    answer = corrected(desk, code, decision_sought="Que se apruebe un plan")
    assert answer.status_code == 303
    first, second = visited.acts()
    assert (first.number, first.newest, first.decision_sought) == (
        1,
        False,
        "Que se apruebe una licencia de obra",
    )
    assert (second.code, second.number, second.newest, second.act) == (code, 2, True, "correction")
    assert (second.reason, second.recorded_at - first.recorded_at) == (
        REASON,
        timedelta(minutes=5),
    )
    page = visited.browser().get(f"/acto/{code}").text
    for said in (
        "Corrección",
        f"Motivo: {REASON}",
        "Que se apruebe una licencia de obra",
        "Que se apruebe un plan",
        "Registro del acto",
    ):
        assert said in page
    assert "Persona Ejemplo 014" not in page  # the public sees the entity as the author
    assert "Que se apruebe una licencia" not in visited.browser().get("/actos").text


def test_a_correction_needs_something_to_correct_and_masks_numbers_in_the_history_too(
    visited: Acting, desk: CheckingClient
):
    code = record(desk)
    answer = corrected(desk, code)
    assert "No hay nada que corregir" in desk.get(answer.location).text
    assert len(visited.acts()) == 1
    assert corrected(desk, code, document_number="00009501").status_code == 303
    page = visited.browser().get(f"/acto/{code}").text
    assert "DNI *****501 (otro número)" in page
    assert "00000501" not in page
    assert "00009501" not in page
    assert "DNI 00009501" in desk.get(f"{ACTS}/{code}").text


@pytest.mark.postgresql
def test_the_second_correction_of_the_same_version_must_look_again(visited: Acting):
    code = record(visited.browser("operator"))
    both = [visited.browser("operator"), visited.browser("operator2")]
    came = together(
        *(
            lambda b=b, n=n: corrected(b, code, matter=f"Materia {n}", submission=f"form-no-{n}")
            for n, b in enumerate(both)
        )
    )
    assert sorted(answer.status_code for answer in came) == [303, 422]
    refused = next(answer for answer in came if answer.status_code == 422)
    assert "Alguien cambió este acto mientras lo corregías" in refused.text
    assert [row.newest for row in visited.acts()] == [False, True]


@pytest.mark.nightly
def test_an_act_that_is_annulled_stays_with_its_reason(visited: Acting, desk: CheckingClient):
    code = record(desk)
    assert desk.post(f"{ACTS}/{code}/anular", data={"reason": ""}).status_code == 422
    data = {"reason": "Se registró dos veces", "submission": "annulment-form"}
    for _ in range(2):
        assert desk.post(f"{ACTS}/{code}/anular", data=data).status_code == 303
    again = desk.get(f"{ACTS}/{code}/anular", follow_redirects=True)
    assert "El acto ya estaba anulado." in again.text
    assert [row.act for row in visited.acts()] == ["record", "annulment"]
    public = visited.browser()
    page = public.get(f"/acto/{code}").text
    assert "Este acto está anulado" in page
    assert "Motivo: Se registró dos veces" in page
    assert "Que se apruebe una licencia de obra" in page
    assert code not in public.get("/actos").text
    assert code in public.get("/actos?estado=anulados").text
    refused = corrected(desk, code, 2)
    assert refused.status_code == 422
    assert "no se puede corregir" in refused.text


def test_a_visit_whose_last_act_is_annulled_is_no_longer_on_interests(
    visited: Acting, desk: CheckingClient
):
    visit_id = visited.visit(official="Mamani")
    codes = [record(desk, visited.attached(visit_id), submission=f"form-no-{n}") for n in (1, 2)]
    reasons = {"reason": "Se registró dos veces"}
    for code, interest in zip(codes, (True, False), strict=True):
        data = reasons | {"submission": f"annul-{code}"}
        assert desk.post(f"{ACTS}/{code}/anular", data=data).status_code == 303
        assert visited.row(visit_id).interest is interest
    with visited.reading() as session:
        last = session.scalars(
            select(VisitVersion)
            .where(VisitVersion.visit_id == visit_id)
            .order_by(VisitVersion.number.desc())
        ).first()
        assert (last.act, last.facts["interest"]) == ("interest_withdrawn", False)


def test_a_visit_on_interests_stays_one_when_its_act_is_annulled(
    visited: Acting, desk: CheckingClient
):
    visit_id = visited.visit(official="Mamani", category="interests")
    code = record(desk, visited.attached(visit_id))
    data = {"reason": "Se registró dos veces"}
    assert desk.post(f"{ACTS}/{code}/anular", data=data).status_code == 303
    assert visited.row(visit_id).interest
    assert visited.row(visit_id).versions == 1


def test_a_visit_with_an_act_stays_one_on_interests_when_its_category_is_corrected(
    visited: Acting, desk: CheckingClient
):
    visit_id = visited.visit(official="Mamani", category="interests")
    record(desk, visited.attached(visit_id))
    visited.correct(visit_id, category="work")
    assert visited.row(visit_id).interest
