"""The pages of a long paper under review: they lead back to the step and can be observed."""

from __future__ import annotations

import io
import re

import pytest

from app.base import files
from app.base.models import Entity, FileUse, Filing
from tests.app.cases.papers import drawn_pdfs
from tests.app.walk import Walk

PAPER = "sip_rvl_002"


@pytest.fixture
def reviewed(walk: Walk) -> Walk:
    """Return a case under review whose SIP-RVL-002 has 12 pages."""
    walk.begin_filed()
    walk.answer("record_reception")
    content = io.BytesIO(drawn_pdfs.pdf([drawn_pdfs.TEXT] * 12))
    with walk.writing() as session:
        task = walk.find(session, "review_designation")
        owner = files.Owner(task.entity_id, task.instance_id, task.id, walk.people["preparer"])
        use = files.keep(
            session, content, paper=PAPER, media_type="application/pdf", owner=owner, pages=12
        )
        filing = session.query(Filing).one()
        filing.signed = {**filing.signed, PAPER: use.id}
    return walk


@pytest.mark.nightly
def test_pages_after_the_tenth_are_observed_and_lead_back(reviewed: Walk):
    sip, task = reviewed.browser("sip"), reviewed.task("review_designation").id
    bench = sip.get(f"/tareas/{task}/respuesta").text
    (more,) = set(re.findall(r'href="(/archivos/\w+/paginas\?pagina=2[^"]*)"', bench))
    assert more.endswith(f"tarea={task}")
    following = sip.get(more.replace("&amp;", "&")).text
    observed = f"/tareas/{task}?observar=page.{PAPER}.12"
    assert f'href="{observed}"' in following
    assert f'href="/tareas/{task}"' in following
    (alone,) = set(re.findall(r'class="paper-page__zoom" href="([^"]+/12\?[^"]+)"', following))
    page = sip.get(alone).text
    assert f'href="{observed}"' in page
    assert re.findall(rf'rel="prev" href="[^"]+/11\?tarea={task}"', page)
    answer = sip.get(observed)
    assert answer.location.endswith("#observations-0-text")
    assert "Formato SIP-RVL-002, página 12" in sip.get(answer.location).text


@pytest.mark.nightly
def test_a_paper_is_observed_only_by_the_reviewer_of_its_case(reviewed: Walk):
    with reviewed.writing() as session:
        filing = session.query(Filing).one()
        paper = f"/archivos/{filing.signed[PAPER]}/paginas"
        entity = Entity(code="E90009", name="Otra entidad", kind="pliego", department="Lima")
        session.add(entity)
        session.flush()
        use = session.get_one(FileUse, filing.signed[PAPER])
        owner = files.Owner(entity.id, None, None, reviewed.people["sip"])
        elsewhere = files.use_again(session, use.sha256, owner=owner, paper=PAPER).id
    task = reviewed.task("review_designation").id
    assert reviewed.browser("preparer").get(paper).status_code == 200
    assert reviewed.browser("preparer").get(f"{paper}?tarea={task}").status_code == 404
    sip = reviewed.browser("sip")
    assert sip.get(f"{paper}?tarea=otra").status_code == 404
    assert sip.get(f"{paper}/1?tarea={task + 1000}").status_code == 404
    assert sip.get(f"/archivos/{elsewhere}/paginas").status_code == 200
    assert sip.get(f"/archivos/{elsewhere}/paginas?tarea={task}").status_code == 404
    reviewed.answer("review_designation", "accepted")
    assert sip.get(f"{paper}?tarea={task}").status_code == 409
    assert "observar=" not in sip.get(paper).text
