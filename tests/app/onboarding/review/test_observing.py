"""*Observar* next to what is reviewed begins an observation that is tied to it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from app.base.models import Filing
from app.cases import processes, records
from app.cases.case import Case
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.taking import save_draft
from forms.drafts import as_formdata
from forms.shapes.anchors import Rows
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly


def case_of(session, walk: Walk) -> Case:
    row = walk.instance(session)
    return Case(session, row.entity, row, walk.people["preparer"])


@pytest.fixture
def reviewed(walk: Walk) -> Walk:
    """Return a case whose designation is under review."""
    walk.begin_filed()
    walk.answer("record_reception")
    return walk


def test_an_observation_begins_at_a_page_or_a_row_and_reaches_the_entity(reviewed: Walk):
    sip, task = reviewed.browser("sip"), reviewed.task("review_designation").id
    url = f"/tareas/{task}/respuesta"
    typed = {"text": "Todavía no.", "action": "observe:page.sip_rvl_001.1"}
    answer = sip.post(url, data=typed)
    assert answer.location == f"{url}#observations-0-text"
    page = sip.get(url).text
    assert "Formato SIP-RVL-001, página 1" in page
    assert "Todavía no." in page
    # a row of the roster, from its own page; the draft stays
    rows = sip.get(f"/tareas/{task}/relacion").text
    answer = sip.get(re.findall(r"/tareas/\d+\?observar=row\.[0-9a-f]+", rows)[0])
    assert answer.location.endswith("#observations-1-text")
    begun = sip.get(answer.location).text
    (row,) = re.findall(r'name="observations-1-anchor" value="([^"]+)"', begun)
    assert "Fila 1: " in begun
    # it is not saved yet
    assert "observations-1" not in sip.get(url).text
    sent = {
        "result": "observed",
        "observations-0-anchor": "page.sip_rvl_001.1",
        "observations-0-text": "Falta la firma.",
        "observations-1-anchor": row,
        "observations-1-text": "El cargo no es ese.",
        "action": "next",
    }
    assert urlsplit(sip.post(url, data=sent).location).path == f"/tareas/{task}/revisar"
    assert "Fila 1: " in sip.get(f"/tareas/{task}/revisar").text
    sip.post(f"/tareas/{task}/revisar", data={"action": "submit"})
    with reviewed.writing() as session:
        made = session.query(Filing).one().observations
    assert [one["target_kind"] for one in made] == ["page", "row"]
    assert all(one["by_id"] == reviewed.people["sip"] and one["at"] for one in made)
    (entry,) = reviewed.entries("filing.observed")
    assert entry.data["count"] == 2
    assert "2. Fila 1: " in entry.data["reason"]
    correction = reviewed.task("correct_designation")
    assert "1. Formato SIP-RVL-001, página 1: Falta la firma." in correction.reason


def test_a_second_look_lists_each_observation_with_its_answer_and_the_change(
    reviewed: Walk, clock: Clock
):
    with reviewed.writing() as session:
        case = case_of(session, reviewed)
        first, *others = records.read(case, "roster")
        code = Rows({"filing": records.read(case, "filing")}).code_of(first)
    task = reviewed.task("review_designation")
    with reviewed.writing() as session:
        user = reviewed.user(session, "sip")
        page = TaskPage.of(session, task.id, user)
        listed = [{"anchor": code, "text": "No es su cargo."}]
        values = {"result": "observed", "observations": listed}
        save_draft(page, as_formdata(page.step.form, values))
        processes.complete(session, task.id, page.step, page.form, user.id)
    clock.forward(minutes=5)
    reviewed.answer("correct_designation")
    with reviewed.writing() as session:
        records.write(case_of(session, reviewed), "roster", others)
        records.write(case_of(session, reviewed), "entity", {"address": "Jirón Muestra 7"})
    again = reviewed.task("review_designation").id
    shown = reviewed.browser("sip").get(f"/tareas/{again}/respuesta").text
    looked = shown.partition("Lo observado antes, y qué cambió")[2].partition("</section>")[0]
    assert "Fila 1: " in looked
    assert "No es su cargo." in looked
    assert "Se corrigió lo observado en el punto 1." in looked
    assert "La fila ya no está" in looked
    assert first["document_number"] not in shown
    since = shown.partition("Todo lo que cambió desde entonces")[2].partition("</section>")[0]
    assert "Bajas (1)" in since
    assert first["surnames"] in since
    assert '<ins><span class="govuk-visually-hidden">ahora </span>Jirón Muestra 7</ins>' in since
    assert "Altas" not in since


def test_a_link_that_is_followed_again_leads_to_the_observation_that_it_began(reviewed: Walk):
    sip, task = reviewed.browser("sip"), reviewed.task("review_designation").id
    url, code = f"/tareas/{task}/respuesta", "page.sip_rvl_001.1"
    begun = {"observations-0-anchor": code, "observations-0-text": "Falta la firma."}
    sip.post(url, data=begun | {"result": "observed", "action": "save"})
    again = sip.get(f"/tareas/{task}?observar={code}")
    assert again.location.endswith("#observations-0-text")
    assert 'name="observations-1' not in sip.get(again.location).text
    # the button begins another one at the same place
    pressed = sip.post(url, data=begun | {"action": f"observe:{code}"})
    assert pressed.location.endswith("#observations-1-text")


def test_what_is_not_presented_cannot_be_observed(reviewed: Walk):
    sip, task = reviewed.browser("sip"), reviewed.task("review_designation").id
    url = f"/tareas/{task}/respuesta"
    sip.post(url, data={"action": "observe:page.sip_rvl_001.99"})
    assert "ya no está en lo presentado" in sip.get(url).text
    assert sip.get(f"/tareas/{task}?observar=row.x").location == url
    assert "observations-0-anchor" not in sip.get(f"{url}?observar=row.x").text
