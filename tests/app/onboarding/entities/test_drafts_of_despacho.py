"""What the Despacho uploads is no document of the entity until it is registered."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from app.onboarding.entities.documents import dossier
from tests.app.cases.processes.test_annulled_certificates import (
    ENTITY,
    SIGNED,
    signed,
    to_sign,
)
from tests.app.walk import Walk

SIGNED_COPY = "Constancia de implementación, firmada"


@dataclass
class Uploaded:
    """The pages of a case whose Despacho uploaded two files, of which the second one counts."""

    walk: Walk
    replaced: str
    newer: str

    def answers(self, file_id: str, role: str) -> set[int]:
        """Return how the addresses of a file answer to a role."""
        browser, pages = self.walk.browser(role), f"/archivos/{file_id}/paginas"
        addresses = (f"/archivos/{file_id}", pages, f"{pages}/1", f"{pages}/1/imagen")
        found = set()
        for one in addresses:
            with browser.get(one) as answer:
                found.add(answer.status_code)
        return found

    def listed(self) -> set[str]:
        """Return which of the two files the pages of the entity link to."""
        browser = self.walk.browser("administrator")
        texts = [browser.get(f"{ENTITY}{page}").text for page in ("", "/archivos", "/historial")]
        both = (self.replaced, self.newer)
        return {one for one in both if any(f"/archivos/{one}" in text for text in texts)}

    def in_dossier(self) -> list[tuple[str, int, str]]:
        """Return the signed constancias of the dossier: file name, version and state."""
        with self.walk.reading() as session:
            case = self.walk.instance(session)
            entries = dossier.read(session, case.entity, case).entries
            (offer,) = dossier.offers(session, [case])
            assert offer.papers == len(entries)
            found = [one for one in entries if one.title == SIGNED_COPY]
            return [(one.name.partition("-")[2], one.version, one.state) for one in found]


@pytest.fixture
def uploaded(walk: Walk) -> Uploaded:
    to_sign(walk)
    task, browser = walk.task("sign_certificate").id, walk.browser("secretary")
    held = []
    for content in (b"%one\n", b"%two\n"):
        data = {"decision": "signed", "action": "upload:document", "document": signed(content)}
        assert browser.post(f"/tareas/{task}/respuesta", data=data).status_code == 303
        draft = walk.draft_of(task)
        held.append(dict(draft.pairs)["document"] if draft else "")
    return Uploaded(walk, *held)


def register(walk: Walk) -> None:
    step, browser = f"/tareas/{walk.task('sign_certificate').id}", walk.browser("secretary")
    typed = SIGNED | {"decision": "signed", "action": "next"}
    assert browser.post(f"{step}/respuesta", data=typed).status_code == 303
    assert browser.post(f"{step}/revisar", data={"action": "submit"}).status_code == 303


@pytest.mark.nightly
@pytest.mark.postgresql
def test_only_the_registered_copy_is_for_the_entity(uploaded: Uploaded):
    walk, newer = uploaded.walk, uploaded.newer
    assert uploaded.listed() == set()
    assert uploaded.in_dossier() == []
    for file_id in (uploaded.replaced, newer):
        assert uploaded.answers(file_id, "administrator") == {404}
        assert uploaded.answers(file_id, "secretary") == {200}
    assert f"/archivos/{newer}" in walk.browser("sip").get(f"{ENTITY}/historial").text
    register(walk)
    name = "constancia-de-implementacion-firmada-E90001.pdf"
    assert uploaded.in_dossier() == [(name, 1, dossier.IN_FORCE)]
    assert uploaded.listed() == {newer}
    assert uploaded.answers(newer, "administrator") == {200}
    assert uploaded.answers(uploaded.replaced, "administrator") == {404}
    with walk.browser("administrator").get(f"/archivos/{newer}") as sent:
        assert f"filename={name}" in sent.headers["Content-Disposition"]


@pytest.mark.nightly
def test_a_returned_constancia_takes_its_uploads_with_it(uploaded: Uploaded):
    walk = uploaded.walk
    step, browser = f"/tareas/{walk.task('sign_certificate').id}", walk.browser("secretary")
    data = {"decision": "returned", "why": "El cargo está mal escrito.", "action": "next"}
    browser.post(f"{step}/respuesta", data=data)
    assert browser.post(f"{step}/revisar", data={"action": "submit"}).status_code == 303
    assert uploaded.listed() == set()
    assert uploaded.answers(uploaded.newer, "administrator") == {404}
    assert uploaded.in_dossier() == []
