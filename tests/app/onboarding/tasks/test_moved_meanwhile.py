"""A page of a step that was opened before its case moved to another version, and sent after it."""

from __future__ import annotations

import re

import pytest

from app.base import calendar
from app.base.models import InductionSession
from tests.app.cases.processes.migrated import (
    another_id,
    days,
    edit,
    in_lane,
    move,
    take_back,
    version,
)
from tests.app.walk import Walk
from tests.pages import CheckingClient

STEP = "designate_administrator"
TO_SIP = in_lane("designation.bpmn", STEP, "designation_sip")
PAGE = "administrador"


def opened(walk: Walk, client: CheckingClient, step: str = STEP) -> tuple[str, dict[str, str]]:
    """Open the first page of a step; return its address and the values that it is sent with."""
    url = f"/tareas/{walk.task(step).id}"
    url = f"{url}/{PAGE}" if step == STEP else client.get(url).location
    page = client.get(url).text
    names = ("revision", "version")
    found = {name: re.search(rf'name="{name}" value="([^"]*)"', page) for name in names}
    return url, {name: one[1] for name, one in found.items() if one}


def typed(walk: Walk, step: str = STEP) -> dict[str, str]:
    """Return the draft of the newest task of a step."""
    draft = walk.draft_of(walk.task(step).id)
    return dict(draft.pairs) if draft else {}


@pytest.mark.nightly
def test_what_was_typed_before_a_move_is_saved_after_it(begun: Walk):
    client = begun.browser("preparer")
    url, hidden = opened(begun, client)
    move(begun, version(begun, days(STEP, 20)))
    client.post(url, data=hidden | {"administrator-post": "Jefa", "action": "save"})
    assert typed(begun)["administrator-post"] == "Jefa"


def test_a_step_whose_term_changed_is_shown_again_before_it_is_sent(begun: Walk):
    task_id = begun.draft(STEP)
    client = begun.browser("preparer")
    page = client.get(f"/tareas/{task_id}/revisar").text
    mark = re.search(r'name="version" value="([^"]*)"', page)
    revision = re.search(r'name="revision" value="([^"]*)"', page)
    assert mark
    assert revision
    hidden = {"version": mark[1], "revision": revision[1], "action": "submit"}
    move(begun, version(begun, days(STEP, 20)))
    answer = client.post(f"/tareas/{task_id}/revisar", data=hidden)
    assert answer.location.endswith(f"/tareas/{task_id}/revisar")
    shown = client.get(answer.location).text
    assert "Mientras escribías cambió el proceso" in shown
    assert begun.open_steps() == [STEP]
    again = re.search(r'name="version" value="([^"]*)"', shown)
    assert again
    client.post(f"/tareas/{task_id}/revisar", data=hidden | {"version": again[1]})
    assert begun.open_steps() == ["list_personnel"]


def test_a_step_with_another_name_is_shown_again(begun: Walk):
    task_id = begun.draft(STEP)
    client = begun.browser("preparer")
    page = client.get(f"/tareas/{task_id}/revisar").text
    found = dict(re.findall(r'name="(version|revision)" value="([^"]*)"', page))
    name = edit("designation.bpmn", 'name="Designar al adm', 'name="Nombrar al adm')
    move(begun, version(begun, name))
    answer = client.post(f"/tareas/{task_id}/revisar", data=found | {"action": "submit"})
    shown = client.get(answer.location).text
    assert "Mientras escribías cambió el proceso" in shown
    assert begun.open_steps() == [STEP]


@pytest.mark.nightly
def test_a_step_that_did_not_change_is_sent_at_once(walk: Walk):
    walk.begin()
    task_id = walk.draft(STEP)
    client = walk.browser("preparer")
    page = client.get(f"/tareas/{task_id}/revisar").text
    found = re.findall(r'name="(version|revision)" value="([^"]*)"', page)
    move(walk, version(walk, days("file_designation", 9)))
    client.post(f"/tareas/{task_id}/revisar", data=dict(found) | {"action": "submit"})
    assert walk.open_steps() == ["list_personnel"]


@pytest.mark.nightly
def test_what_was_typed_in_a_step_of_another_lane_is_its_draft(begun: Walk):
    client = begun.browser("preparer")
    url, hidden = opened(begun, client)
    move(begun, version(begun, TO_SIP))
    answer = client.post(url, data=hidden | {"administrator-post": "Jefa", "action": "next"})
    assert answer.status_code == 409
    assert "Este paso pasó a otra área" in answer.text
    assert "Secretaría de Integridad Pública" in answer.text
    assert typed(begun)["administrator-post"] == "Jefa"
    assert client.post(url.rpartition("/")[0] + "/revisar", data=hidden).status_code == 409


def test_others_and_later_pages_of_such_a_step_do_not_exist(begun: Walk, clock):
    client, stranger = begun.browser("preparer"), begun.browser("sgtd")
    url, hidden = opened(begun, client)
    move(begun, version(begun, TO_SIP))
    assert stranger.post(url, data=hidden).status_code == 404
    assert client.get(url).status_code == 404
    clock.forward(days=2)
    assert begun.browser("preparer").post(url, data=hidden).status_code == 404


@pytest.mark.nightly
def test_what_was_typed_in_a_step_that_was_left_is_there_after_a_return(walk: Walk):
    walk.begin_at("induction")
    step = "schedule_technical_induction"
    walk.add(
        InductionSession(
            topic="technical", changed_at=calendar.now(),
            at=walk.waiting()["induction_overdue"], minutes=60, place="Aula", seats=3,
        )
    )  # fmt: skip
    walk.answer("choose_technical_session", "none_suits")
    client = walk.browser("sgtd")
    url, hidden = opened(walk, client, step)
    target = version(walk, another_id("induction.bpmn", step, "set_technical_induction"))
    move(walk, target, places={step: "choose_technical_session"})
    answer = client.post(url, data=hidden | {"place": "Sala 3", "action": "next"})
    assert answer.status_code == 409
    assert "Lo que escribiste quedó guardado como borrador" in answer.text
    assert "el proceso cambió" in answer.text
    take_back(walk)
    assert typed(walk, step)["place"] == "Sala 3"
    assert client.get(url).status_code == 200
