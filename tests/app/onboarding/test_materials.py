"""Materials of stages: published in versions, shown on steps and sessions, readable ever after."""

from __future__ import annotations

import io
from typing import Any

import pytest

from app.base.models import Material
from app.cases import processes
from tests.app.onboarding.seats import publish, published
from tests.app.posted import refused
from tests.app.walk import Walk, sample_pdf

FORM = {
    "stage": "induction",
    "title": "Láminas de la inducción",
    "norm": "Directiva 003-2026-PCM/SIP",
    "since": "02/03/2026",
    "link": "",
}


def posted(walk: Walk, content: bytes = b"", role: str = "sip", **fields: str) -> Any:
    data: dict[str, Any] = FORM | fields
    if content:
        data |= {"file": (io.BytesIO(content), "laminas.pdf")}
    return walk.browser(role).post(
        "/materiales/nuevo", data=data, content_type="multipart/form-data"
    )


def row(walk: Walk, number: int) -> Material:
    return walk.get(Material, number)


@pytest.mark.nightly
def test_a_new_version_replaces_the_earlier_one_on_steps_which_stays_readable(walk: Walk):
    walk.begin_at("induction")
    assert posted(walk, sample_pdf()).status_code == 303
    assert posted(walk, link="https://videos.example.org/rvl").status_code == 303
    assert [row(walk, number).version for number in (1, 2)] == [1, 2]
    browser = walk.browser("administrator")
    step = browser.get(f"/tareas/{walk.task('choose_thematic_session').id}").location
    page = browser.get(step).text
    assert "https://videos.example.org/rvl" in page
    assert "versión 1" not in page
    answer = browser.get("/materiales/1/archivo")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    answer.close()
    assert "/materiales/1/archivo" in browser.get("/materiales").text
    assert browser.get("/materiales/2/archivo").status_code == 404
    key = published(walk, days=7)
    assert "https://videos.example.org/rvl" in walk.browser("sip").get(f"/sesiones/{key}").text


@pytest.mark.nightly
def test_a_material_is_shown_from_its_day_until_it_is_withdrawn(walk: Walk):
    walk.begin_at("induction")
    posted(walk, link="https://videos.example.org/hoy")
    posted(walk, link="https://videos.example.org/luego", since="20/03/2026")
    key = published(walk, days=7)
    page = walk.browser("sip").get(f"/sesiones/{key}").text
    assert "/hoy" in page
    assert "/luego" not in page
    posted(walk, link="https://videos.example.org/otra")
    assert "example.org/otra" in walk.browser("sip").get(f"/sesiones/{key}").text
    assert walk.browser("administrator").post("/materiales/3/retirar").status_code == 404
    assert walk.browser("sip").post("/materiales/3/retirar").status_code == 303
    assert "videos.example.org" not in walk.browser("sip").get(f"/sesiones/{key}").text
    assert "Retirada" in walk.browser("sip").get("/materiales").text


def test_what_is_no_material_is_refused(walk: Walk, subtests: pytest.Subtests):
    for content, link, said in (
        (b"", "", "uno de los dos"),
        (b"MZ no es un PDF", "", "Solo se publican archivos PDF"),
        (b"PK\x03\x04 not a PDF", "", "Solo se publican archivos PDF"),
        (b"", "javascript:alert(1)", "dirección"),
    ):
        with subtests.test(said):
            assert said in " ".join(refused(posted(walk, content, link=link)).values())
    assert "(PPTX)" in walk.browser("sip").get("/materiales/nuevo").text
    with walk.reading() as session:
        assert session.get(Material, 1) is None


@pytest.mark.nightly
def test_the_mails_of_a_session_link_the_materials_of_its_stage(walk: Walk):
    walk.begin_at("induction")
    posted(walk, sample_pdf())
    posted(walk, title="Video", link="https://videos.example.org/rvl")
    posted(walk, title="De otra etapa", stage="training", link="https://videos.example.org/otra")
    with walk.writing() as session:
        key = publish(session, "thematic")
        processes.enrol(session, walk.id, key, walk.people["sip"])
    mail = walk.mails("meeting")[-1]
    assert "Video: https://videos.example.org/rvl" in mail.body
    assert "/materiales/1/archivo" in mail.body
    assert "example.org/otra" not in mail.body
    cancelled = len(walk.mails("meeting"))
    walk.browser("sip").post(f"/sesiones/{key}/cancelar")
    assert "Materiales:" not in walk.mails("meeting")[cancelled].body
