"""Papers that the Despacho returns from `/firmas`, and what its page says of each kind."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.base.models import IssuedPaper, Task
from app.onboarding.review.signing import registering
from app.onboarding.review.signing.waiting import Waiting
from forms.fields.rules import NO_NUMBERS
from tests.app.cases.papers.altered import signed
from tests.app.cases.processes.test_annulled_certificates import address, papers, seen, to_sign
from tests.app.onboarding.review.despacho import Despacho, blank_of
from tests.app.walk import Walk

pytestmark = pytest.mark.nightly

WHY = "El cargo no es ese."
FIRST, SECOND = "0001-2026-PCM/SIP", "0002-2026-PCM/SIP"
CHANGED = "El documento cambió mientras tanto"


def test_one_paper_is_returned_with_a_reason(despacho: Despacho):
    first = next(iter(despacho.issued))
    despacho.take({"a.pdf": signed(despacho.issued[first])})
    assert "Devolviste: Oficio de reiteración" in despacho.give_back(first, WHY).text
    late = despacho.give_back(first, WHY)
    assert late.status_code == 422
    assert "Ya no espera tu firma." in late.text
    assert f'href="#why-{first}"' not in late.text, "its box is gone"
    assert despacho.count(Task, step="draft_letter", state="open", came_as="letter_returned") == 1
    assert despacho.count(Task, step="sign_letter", state="open") == 2
    assert despacho.count(IssuedPaper, kind="oficio_reiteracion", signed_id=None) == 3


def test_a_refused_return_is_an_error_at_its_reason(despacho: Despacho):
    first = next(iter(despacho.issued))
    assert '<details class="govuk-details" open>' not in despacho.browser.get("/firmas").text
    page = despacho.give_back(first, "corto")
    assert page.status_code == 422
    assert "<title>Error: Firmar varios a la vez" in page.text
    assert re.search(rf'href="#why-{first}">[^<]*: explícalo con al menos 10 letras', page.text)
    assert page.text.count('<details class="govuk-details" open>') == 1
    assert re.search(rf'id="why-{first}"[^>]*-error"[^>]*>corto</textarea>', page.text)
    assert "Lo que registraste" not in page.text
    assert despacho.count(Task, step="sign_letter", state="open") == 3


def test_a_reason_has_no_document_number(despacho: Despacho):
    first = next(iter(despacho.issued))
    page = despacho.give_back(first, "El DNI 00000101 no es el de la titular.")
    assert (page.status_code, NO_NUMBERS in page.text) == (422, True)
    assert despacho.count(Task, step="sign_letter", state="open") == 3


def test_a_letter_is_returned_from_the_page_where_it_got_its_number(despacho: Despacho):
    first = next(iter(despacho.issued))
    shown = despacho.browser.get("/firmas").text
    typed = {"t": first, f"paper_number-{first}": "D000201-2026-PCM-SIP"}
    despacho.browser.post("/firmas/originales", data=typed)
    assert despacho.codes[first] in shown
    assert "Devolviste: Oficio" in despacho.give_back(first, WHY, shown).text


@pytest.mark.postgresql
def test_a_constancia_that_was_annulled_meanwhile_is_not_returned(walk: Walk):
    to_sign(walk)
    despacho = Despacho(walk, {}, {}, walk.browser("secretary"))
    task = walk.task("sign_certificate").id
    shown = despacho.browser.get("/firmas").text
    assert despacho.browser.post(address(walk, "anular"), data=seen(walk)).status_code == 303
    for page in (shown, "a page of before"):
        refused = despacho.give_back(task, WHY, page)
        assert (refused.status_code, CHANGED in refused.text) == (422, True)
        assert WHY in refused.text, "what was typed stays"
    with walk.writing() as session:  # it was annulled after its return had begun
        user = walk.user(session, "secretary")
        void = session.query(IssuedPaper).filter_by(number=FIRST).one()
        late = Waiting(session.get_one(Task, task), void)
        assert registering.give_back(session, user, late, WHY) == registering.CHANGED
        session.rollback()
    assert papers(walk) == [(FIRST, True, False), (SECOND, False, False)]
    assert "Devolviste: Constancia" in despacho.give_back(task, WHY, refused.text).text
    assert papers(walk) == [(FIRST, True, False), (SECOND, True, False)]


def test_the_page_says_of_each_kind_what_applies_to_it(desk: Walk):
    to_sign(desk)
    despacho = Despacho(desk, {}, {}, desk.browser("secretary"))
    page = despacho.browser.get("/firmas").text
    assert FIRST in page
    assert "opcional" not in page
    row = desk.one(select(IssuedPaper).filter_by(kind="constancia"))
    page = despacho.take({"a.pdf": signed(blank_of(row.code))}).text
    assert "termina la implementación de la entidad" in page
    assert "diez días hábiles" not in page


def test_the_page_says_of_an_oficio_that_its_number_is_optional(despacho: Despacho):
    first = next(iter(despacho.issued))
    page = despacho.browser.get("/firmas").text
    assert page.count('data-label="Número (opcional)"') == 3
    assert "El número y la fecha de un oficio son opcionales" in page
    page = despacho.take({"a.pdf": signed(despacho.issued[first])}).text
    assert "hace correr sus diez días hábiles" in page
    assert "termina la implementación de la entidad" not in page
