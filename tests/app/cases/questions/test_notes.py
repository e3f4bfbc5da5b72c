"""Internal notes: who reads them, who is mentioned, and that no entity ever sees one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base.models import LogEntry, Mail, Note
from app.cases.questions import notes
from tests.app import cast
from tests.app.walk import CODE, Walk

PAGE = f"/entidades/{CODE}/notas"
TEXT = "Llamé a la gerencia: esperan la resolución."


def written(walk: Walk, *mentions: int) -> None:
    """Write a note by its page."""
    data = {"once": "una-nota-1", "text": TEXT, "mentions": [str(one) for one in mentions]}
    assert walk.browser("sip").post(PAGE, data=data).status_code == 303


def test_a_note_mentions_colleagues_by_a_mail_without_its_text(walk: Walk):
    written(walk, walk.people["sgtd"])
    written(walk, walk.people["sgtd"])
    assert [note.text for note in walk.all(select(Note))] == [TEXT]
    mail = walk.one(select(Mail).where(Mail.kind == "note_mention"))
    assert mail.to == "persona.022@example.pe"
    assert TEXT not in mail.body
    assert PAGE in mail.body
    page = walk.browser("sgtd").get(PAGE).text
    assert TEXT in page
    assert "Puede pedirse por acceso a la información" in page
    assert "Menciona a Persona Ejemplo 022" in page


@pytest.mark.parametrize("role", ["preparer", "administrator", "sip", "secretary"])
def test_only_colleagues_of_the_list_can_be_mentioned(walk: Walk, role: str):
    data = {"once": "una-nota-2", "text": TEXT, "mentions": [str(walk.people[role])]}
    assert walk.browser("sip").post(PAGE, data=data).status_code == 422
    assert cast.count(walk.app, Note) == 0


@pytest.mark.nightly
def test_an_entity_sees_neither_notes_nor_that_there_are_any(begun: Walk):
    written(begun)
    browser = begun.browser("preparer")
    assert browser.get(PAGE).status_code == 404
    assert browser.post(PAGE, data={"text": "x"}).status_code == 404
    entity = f"/entidades/{CODE}"
    for place in (entity, f"{entity}/consultas", f"{entity}/historial", "/pendientes"):
        page = browser.get(place).text.casefold()
        assert "nota interna" not in page
        assert "notas internas" not in page
        assert "/notas" not in page
    entry = begun.one(select(LogEntry).where(LogEntry.kind == "note.written"))
    assert (entry.entity_id, TEXT in str(entry.data)) == (None, False)


def test_an_auditor_reads_and_does_not_write(walk: Walk):
    written(walk)
    auditor = walk.browser_of(walk.person("40000051", "auditor"))
    page = auditor.get(PAGE).text
    assert TEXT in page
    assert "<textarea" not in page
    assert auditor.post(PAGE, data={"text": TEXT}).status_code == 404


def test_a_departed_colleague_gets_nothing(walk: Walk):
    with walk.writing() as session:
        walk.user(session, "sgtd").active = False
        actor = walk.user(session, "sip")
        assert walk.people["sgtd"] not in {user.id for user in notes.colleagues(session, actor)}
