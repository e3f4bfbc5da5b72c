"""The attendance sheets of coming sessions: of a session, with all its entities, and of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from app.base.models import Entity, InductionSession, Meeting
from app.onboarding.induction_sessions import sheets
from tests.app.onboarding.seats import choose, publish, seat
from tests.app.walk import CODE, Walk


def records_of(walk: Walk, instance: int) -> tuple[list[str], list[str]]:
    """Return the names of the designated people and of the others on the roster."""
    designated = walk.record("administrator", instance)
    roster = walk.record("roster", instance)
    expected = [designated[part] for part in ("holder", "alternate") if designated.get(part)]
    numbers = [one["document_number"] for one in expected]
    others = {one["document_number"]: one for one in roster}
    return names(expected), sorted(
        names([one for number, one in others.items() if number not in numbers])
    )


def names(people: Sequence[Any]) -> list[str]:
    return [f"{one['surnames']}, {one['given_names']}" for one in people]


def listed(group: dict[str, Any]) -> list[str]:
    return [row[1] for row in group["people"]]


def documents(sheet: dict[str, Any]) -> list[str]:
    return [row[2] for group in sheet["groups"] for row in group["people"]]


@pytest.mark.nightly
def test_a_session_is_printed_with_the_people_of_all_its_entities(
    walk: Walk, printed: list[dict[str, Any]]
):
    key = seat(walk)
    by = walk.person("40000055", "administrator", "E90002")
    other = walk.begin_at("induction", code="E90002")
    assert choose(walk, other, by) == "seated"
    browser, url = walk.browser("sip"), f"/sesiones/{key}/lista-de-asistencia"
    assert url in browser.get("/sesiones").text
    answer = browser.get(url)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    (sheet,) = printed
    assert (sheet["session"], sheet["where"]) == ("Inducción temática", "Auditorio de ejemplo")
    assert sheet["at"] != ""
    assert sheet["entity"]["name"].split() == ["2", "entidades"]
    groups = sheet["groups"]
    assert [one["continues"] for one in groups] == [False, True, False, True]
    assert [one["has_spare"] for one in groups] == [False, True, False, True]

    by_name = {one.name: one.code for one in walk.all(select(Entity))}
    instances = {CODE: walk.id, "E90002": other}
    for expected, others in (groups[:2], groups[2:]):
        assert expected["entity"] == others["entity"]
        designated, roster = records_of(walk, instances[by_name[expected["entity"]]])
        assert listed(expected) == designated
        assert listed(others) == roster
    assert all(re.fullmatch(r"\w+ \*+\d{3}", one) for one in documents(sheet))


def test_a_session_without_entities_has_no_sheet(walk: Walk, printed: list[dict[str, Any]]):
    key = seat(walk)
    with walk.writing() as session:
        empty = publish(session, "technical")
        session.get_one(InductionSession, key).cancelled = True
    browser = walk.browser("sgtd")
    assert "lista-de-asistencia" not in browser.get("/sesiones").text
    for session_id in (key, empty, 99999):
        assert browser.get(f"/sesiones/{session_id}/lista-de-asistencia").status_code == 404
    assert printed == []


@pytest.mark.nightly
def test_the_sheet_of_a_session_has_a_bound(
    walk: Walk, printed: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
):
    key = seat(walk)
    monkeypatch.setattr(sheets, "MOST", 3)
    walk.browser("sip").get(f"/sesiones/{key}/lista-de-asistencia")
    (group,) = printed[0]["groups"]
    assert group["title"] == sheets.EXPECTED_ALONE
    assert listed(group) == records_of(walk, walk.id)[0]


@pytest.mark.nightly
def test_the_page_of_an_entity_links_to_the_sheet_of_its_session(
    walk: Walk, printed: list[dict[str, Any]]
):
    seat(walk)
    meeting = walk.one(select(Meeting))
    url = f"/entidades/{CODE}/sesiones/{meeting.id}/lista-de-asistencia"
    for role in ("sip", "sgtd", "administrator", "alternate"):
        browser = walk.browser(role)
        assert url in browser.get(f"/entidades/{CODE}").text, role
        assert browser.get(url).status_code == 200
    assert [is_masked(sheet) for sheet in printed] == [True, True, False, False]
    designated, roster = records_of(walk, walk.id)
    assert [listed(group) for group in printed[0]["groups"]] == [designated, roster]
    for role in ("preparer", "secretary"):
        browser = walk.browser(role)
        assert url not in browser.get(f"/entidades/{CODE}").text, role
        assert browser.get(url).status_code == 404, role
    walk.change(Meeting, meeting.id, cancelled_at=meeting.at)
    assert walk.browser("sip").get(url).status_code == 404


def is_masked(sheet: dict[str, Any]) -> bool:
    return all("*" in one for one in documents(sheet))


def test_a_planned_training_has_a_sheet_per_session(walk: Walk, printed: list[dict[str, Any]]):
    walk.begin_at("training")
    walk.answer("plan_training")
    meetings = walk.all(select(Meeting).order_by(Meeting.key))
    assert len(meetings) == 2
    for meeting in meetings:
        url = f"/entidades/{CODE}/sesiones/{meeting.id}/lista-de-asistencia"
        assert walk.browser("administrator").get(url).status_code == 200
    titles = [[group["title"] for group in sheet["groups"]] for sheet in printed]
    assert titles == [["Personal técnico"], ["Personal administrativo"]]
    assert all(sheet["at"] and documents(sheet) for sheet in printed)
