"""The sheet that the Despacho prints before it signs: the paper, its facts, the conformities."""

from __future__ import annotations

import pypdfium2
import pytest
from sqlalchemy import select

from app.base.models import Allowance, IssuedPaper
from app.cases.papers import issued
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

LAST_STAGE = ("enable_interest_acts", "define_decision_makers", "approve_decision_makers")


@pytest.fixture
def place(walk: Walk, clock: Clock) -> str:
    """Return the sheet of a constancia whose closing was returned once."""
    walk.begin_at("interest_acts")
    with walk.writing() as session:
        row = walk.instance(session)
        entry = {"reason": "x", "at": clock().isoformat(), "by": walk.people["sgtd"]}
        row.validated = dict.fromkeys(row.validated, entry)
    for step in LAST_STAGE:
        walk.answer(step)
    walk.answer("train_decision_makers")
    clock.forward(days=1)
    walk.answer("close_onboarding", "return_training")
    clock.forward(days=1)
    walk.answer("train_decision_makers")
    walk.answer("close_onboarding", "closed")
    return f"/tareas/{walk.task('sign_certificate').id}/hoja-de-sustento"


def text_of(walk: Walk, place: str) -> str:
    answer = walk.browser("secretary").get(place)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    with pypdfium2.PdfDocument(answer.data) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    return " ".join(" ".join(pages).split())


def test_the_sheet_says_what_is_signed_and_who_gave_conformity(walk: Walk, place: str):
    with walk.writing() as session:
        paper = session.scalars(select(IssuedPaper)).one()
        row = walk.instance(session)
        entry = {"reason": "x", "at": "2026-02-03T15:00:00+00:00", "by": walk.people["sgtd"]}
        row.validated = {**row.validated, "training": entry}
        names = {role: walk.user(session, role).full_name for role in walk.people}
        verified, sha256 = issued.in_groups(paper.code), paper.sha256
    text = text_of(walk, place)
    assert f"Código {verified}" in text
    assert sha256 in text
    said = (
        f"{names['sip']}, Coordinador de la SIP. Dio por cumplido lo que pide «Cerrar la "
        "implementación», 4 de marzo de 2026",
        f"{names['sgtd']}, Presidencia del Consejo de Ministros. Convalidó la etapa, 3 de febrero",
        "Entidad Municipalidad Distrital de Ejemplo 1 Municipalidad Distrital de Ejemplo 1 Coinc",
        "En la relación falta el titular del pliego, que también decide. 4 de marzo de 2026",
        f"{names['sip']}, Coordinador de la SIP Cerrar la implementación, 3 de marzo de 2026",
        f"Lo que se comprobó al cerrar, el 4 de marzo de 2026, por {names['sip']}",
    )
    assert [words for words in said if words not in text] == []


def test_who_decided_with_a_permission_is_named_with_who_gave_it(walk: Walk, place: str):
    with walk.writing() as session:
        closing = walk.task("close_onboarding")
        session.add(
            Allowance(
                task_id=closing.id,
                user_id=walk.people["sip"],
                by_id=walk.people["secretary"],
                reason="x",
                at=closing.closed_at,
            )
        )
        by = walk.user(session, "secretary").full_name
    assert f"con permiso de {by}, 4 de marzo" in text_of(walk, place)


def test_only_who_may_sign_gets_it_and_only_of_a_signature(walk: Walk, place: str):
    assert walk.browser("sip").get(place).status_code == 404
    closing = walk.task("close_onboarding").id
    assert walk.browser("sip").get(f"/tareas/{closing}/hoja-de-sustento").status_code == 404
    page = walk.browser("secretary").get(place.rpartition("/")[0], follow_redirects=True)
    assert place in page.text
