"""The pages of an entity whose case moved to a version without what it passed."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from app.base.models import Task
from tests.app.cases.processes.migrated import another_id, move, take_back, version
from tests.app.walk import Walk

#: A stage that the case has passed, which the new version draws under another id.
FORMER, NAME = "induction", "Inducción temática y técnica"
LINK = re.compile(r'href="(/(?:entidades/E90001|tareas/)[^"#]*)"')
STARTS = ("/entidades/E90001", "/pendientes")


def renamed_stage(some: dict[str, str]) -> None:
    for name, text in some.items():
        some[name] = text.replace(f'"{FORMER}"', '"meetings"')


def linked(walk: Walk, role: str) -> dict[str, int]:
    """Return the status of each page about the entity that links lead to, by its address."""
    browser, found, ahead = walk.browser(role), dict[str, int](), list(STARTS)
    while ahead:
        address = ahead.pop()
        if address not in found:
            answer = browser.get(address, follow_redirects=True)
            found[address] = answer.status_code
            if answer.mimetype == "text/html":
                ahead += map(unescape, LINK.findall(answer.text))
    return found


@pytest.mark.nightly
@pytest.mark.parametrize("role", ["sip", "administrator"])
def test_every_link_of_an_entity_leads_on_after_a_move_and_after_its_return(walk: Walk, role: str):
    walk.begin_at("training")
    (step,) = walk.open_steps()
    walk.answer(step)
    found = linked(walk, role)
    assert set(found.values()) == {200}
    assert len(found) > 20
    move(walk, version(walk, renamed_stage, another_id("training.bpmn", step, "other_step")))
    assert set(linked(walk, role).values()) == {200}
    take_back(walk)
    assert linked(walk, role).keys() >= found.keys()


@pytest.mark.nightly
def test_the_names_of_a_passed_stage_stay_after_a_move(walk: Walk):
    walk.begin_at("training")
    move(walk, version(walk, renamed_stage))
    browser = walk.browser("sip")
    history = browser.get("/entidades/E90001/historial")
    assert f'<option value="{FORMER}">{NAME}</option>' in history.text
    assert not walk.all(select(Task).where(Task.stage == "meetings"))
