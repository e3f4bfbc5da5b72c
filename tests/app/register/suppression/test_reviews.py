"""A visit is hidden at once, and its personal data are suppressed or it is shown again."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.base.models import InterestAct, LogEntry, Suppression, User, Visit, VisitVersion
from app.people import proposals
from app.register.facts.values import Refused
from app.register.interest_acts.acts import SUPPRESSED
from app.register.suppression import reviews
from app.register.visits import attached_acts, recording, reserved
from tests.app.register.interest_acts.acting import ACTS, corrected, record
from tests.app.register.open_data.test_changes import FEED, Mirror
from tests.app.register.suppression.suppressing import (
    BASE,
    HIDE,
    NAME,
    OTHER_SIP,
    SHOW,
    SUPPRESS,
    Suppressing,
    list_of,
)
from tests.app.together import PATIENCE, together
from tests.conftest import Clock

MOTIVE = "Asunto muy particular"


def last_change(visited: Suppressing, mirror: Mirror) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(visited.browser().get(f"{FEED}?cursor={mirror.cursor}").data)
    return dict(said["cambios"][-1])


def recorded(visited: Suppressing, visit_id: int) -> str:
    """Record an act of a visit that names the person; return its code."""
    desk, address = visited.browser("operator"), visited.attached(visit_id)
    return record(desk, address, actor_name=NAME, third_name=f"Socia de {NAME}")


@pytest.mark.nightly
def test_a_hidden_visit_says_only_that_it_is_under_review_until_it_is_decided(
    visited: Suppressing, clock: Clock
):
    visit_id = visited.visit(name=NAME, motive=MOTIVE)
    code, act = visited.row(visit_id).code, recorded(visited, visit_id)
    mirror = Mirror(visited)
    mirror.follow()
    assert NAME in visited.public(visit_id)
    inside = visited.browser("administrator")
    assert "Elige por qué." in inside.post(visited.of(visit_id, "/ocultar"), data={}).text
    assert visited.post(visit_id, HIDE, "operator") == 404
    assert visited.post(visit_id, HIDE) == 303
    page = visited.public(visit_id)
    assert "Esta visita está en revisión" in page
    assert "Es menor de edad" in page
    for address in (f"/visita/{code}", "/visitas?q=zumaeta", "/visitas.csv?q=zumaeta"):
        text = visited.browser().get(address).text
        for said in (NAME, MOTIVE, "Rojas", "00000501"):
            assert said not in text, address
    change = last_change(visited, mirror)
    assert (change["retirado"], change["motivo"]) == (True, "en revisión")
    assert set(change) == {"codigo", "retirado", "modificado", "motivo"}
    assert visited.browser().get(f"/acto/{act}").location.endswith(f"/visita/{code}")
    for who in ("operator", "sgtd", "auditor"):
        assert visited.browser(who).get(visited.of(visit_id)).status_code == 404
        assert visited.post(visit_id, SHOW, who) == 404
    page = inside.get(f"{BASE}/visitas").text
    assert ("En revisión" in page, "Reservada" in page) == (True, False)
    assert "Decide hasta el 4 de marzo de 2026" in inside.get(visited.of(visit_id, "/decidir")).text
    clock.forward(days=3)
    inside = visited.browser("administrator")
    for page in (visited.of(visit_id, "/decidir"), "/pendientes"):
        assert "venció el 4 de marzo de 2026" in inside.get(page).text.lower()
    assert visited.row(visit_id).state == "standing"  # nothing is decided by the system


@pytest.mark.guard("a suppression goes its whole path")
@pytest.mark.postgresql
def test_a_suppressed_visit_leaves_a_tombstone_a_line_and_a_log_without_data(
    visited: Suppressing,
):
    visit_id = visited.visit(name=NAME, motive=MOTIVE)
    code, inside = visited.row(visit_id).code, visited.browser("administrator")
    mirror = Mirror(visited)
    mirror.follow()
    assert "Nada se borra" in inside.get(visited.of(visit_id)).text
    visited.post(visit_id, HIDE)
    nothing = inside.post(visited.of(visit_id, "/decidir"), data={"decision": "suppress"})
    assert (nothing.status_code, "Marca qué se suprime." in nothing.text) == (422, True)
    for data in (SUPPRESS, SUPPRESS, SHOW, HIDE):  # sent twice or late, it is one
        assert visited.post(visit_id, data) == 303
    page = visited.public(visit_id)
    assert "Los datos de esta visita se suprimieron" in page
    assert "Es menor de edad" in page
    assert (last_change(visited, mirror)["motivo"], mirror.follow()) == ("suprimida", 1)
    row = visited.row(visit_id)
    assert (row.state, row.audience, row.versions) == ("suppressed", "public", 3)
    assert (row.visitor_name, row.visitor_key, row.motive) == ("", "", "")
    page += inside.get(visited.of(visit_id)).text
    assert "Lo que se suprimió se borró de todas." in page
    assert (NAME in page, MOTIVE in page, "Nada se borra" in page) == (False, False, False)
    assert "en los casos que dice la ley" in visited.browser().get("/registro-de-visitas").text
    entries = visited.all(select(LogEntry).where(LogEntry.kind.startswith("register.v")))
    of_register = {"environment": "production", "ground": "minor"}
    assert {entry.kind: dict(entry.data) for entry in entries} == {
        "register.visit_hidden": of_register,
        "register.visit_suppressed": of_register
        | {"visit": code, "fields": SUPPRESS["fields"], "proposer": "Persona Ejemplo 012"},
    }
    [review] = visited.all(select(Suppression))
    assert (review.state, review.fields) == ("suppressed", SUPPRESS["fields"])
    second = visited.one(select(User.id).where(User.document_number == OTHER_SIP))
    assert review.decided_by_id == second
    listed = list_of(visited.app)
    line = json.loads(listed.read_text().splitlines()[1])  # at once, and without a name
    assert (line.pop("visit"), line.pop("versions")) == (code, 3)
    assert (line.pop("fields"), line.pop("ground")) == (SUPPRESS["fields"], "minor")
    assert set(line) == {"hidden_at", "decided_at"}
    assert listed.stat().st_mode & 0o077 == 0


def test_one_person_suppresses_nothing_alone(visited: Suppressing):
    visit_id = visited.visit(name=NAME)
    visited.post(visit_id, HIDE)
    own = visited.browser("administrator")
    assert own.post(visited.of(visit_id, "/decidir"), data=SUPPRESS).status_code == 303
    proposal = visited.read(proposals.waiting, reviews.PROPOSAL, visited.row(visit_id).code)
    place = f"/propuestas/{proposal.id}"
    assert own.post(place, data={"answer": "confirm"}).status_code == 422
    assert visited.row(visit_id).visitor_name == NAME
    assert NAME not in visited.public(visit_id)
    assert "lo confirma otra persona" in own.get(place).text
    assert "Ver tu propuesta" in own.get(visited.of(visit_id, "/decidir")).text
    other = visited.browser("second sip")
    assert f'href="{place}"' in other.get("/hoy").text
    assert NAME not in other.get(place).text
    actor_id = visited.people["administrator"]
    with visited.reading() as session, pytest.raises(ValueError, match="second person"):
        reviews.suppress(session, visited.row(visit_id), ["visitor"], actor_id=actor_id)
    visited.post(visit_id, SHOW)  # which settles it
    assert other.post(place, data={"answer": "confirm"}).status_code == 422
    assert visited.row(visit_id).visitor_name == NAME


@pytest.mark.nightly
def test_a_visit_that_is_shown_again_is_as_it_was(visited: Suppressing):
    visit_id = visited.visit(name=NAME)
    for data in (HIDE, SHOW, SHOW):
        assert visited.post(visit_id, data) == 303
    page = visited.public(visit_id)
    assert NAME in page
    assert "Se ocultó mientras se decide sobre sus datos" in page
    assert "Estuvo reservada" not in page
    assert (visited.row(visit_id).audience, visited.row(visit_id).versions) == ("public", 3)


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_who_decide_at_once_decide_once(visited: Suppressing):
    visit_id = visited.visit(name=NAME)
    visited.hide(visit_id)
    together(lambda: visited.post(visit_id, SUPPRESS), lambda: visited.post(visit_id, SHOW))
    row = visited.row(visit_id)
    assert row.versions == 3
    assert (row.visitor_name == "") == (row.state == "suppressed")
    [review] = visited.all(select(Suppression))
    assert review.state == ("suppressed" if row.state == "suppressed" else "shown")


@pytest.mark.nightly
def test_chosen_groups_go_from_the_acts_too_and_no_open_correction_brings_them_back(
    visited: Suppressing,
):
    visit_id = visited.visit(name=NAME, motive=MOTIVE)
    desk, code = visited.browser("operator"), recorded(visited, visit_id)
    assert corrected(desk, code, actor_name=NAME, third_name="Otra").status_code == 303
    visited.suppress(visit_id, "represented")
    answer = corrected(desk, code, 2, third_name=f"Socia de {NAME}", matter="Otro asunto")
    assert (answer.status_code, SUPPRESSED in answer.text) == (422, True)
    assert "/corregir" not in desk.get(f"{ACTS}/{code}").text
    acts = [(a.third_name, a.third_ruc, a.reason, a.actor_name, a.matter) for a in visited.acts()]
    assert acts == [("", "", "", NAME, "Ampliación de un almacén")] * 2
    assert (visited.row(visit_id).visitor_name, visited.row(visit_id).motive) == (NAME, MOTIVE)


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_correction_of_an_act_waits_for_a_suppression_that_goes_on(
    visited: Suppressing, monkeypatch: pytest.MonkeyPatch
):
    visit_id = visited.visit(name=NAME)
    desk, code = visited.browser("operator"), recorded(visited, visit_id)
    correcting, has_ended = threading.Event(), threading.Event()
    write = attached_acts.next_version

    def write_late(*given: Any) -> InterestAct:
        correcting.set()
        has_ended.wait(2)
        return write(*given)

    def suppress_meanwhile() -> None:
        assert correcting.wait(PATIENCE)
        visited.suppress(visit_id, "visitor", "represented")
        has_ended.set()

    monkeypatch.setattr(attached_acts, "next_version", write_late)
    said = {"third_name": f"Socia de {NAME}", "matter": "Otro asunto"}
    answer, failed = together(lambda: corrected(desk, code, **said), suppress_meanwhile)
    assert (answer.status_code, failed) == (303, None)
    assert [(one.actor_name, one.third_name) for one in visited.acts()] == [("", "")] * 2


def test_a_download_that_began_before_goes_on_and_the_next_one_lacks_the_name(
    visited: Suppressing,
):
    visit_id, other = visited.visit(name=NAME), "Otra Inventada Ana"
    for _ in range(3):
        visited.visit(name=other)
    browser = visited.browser()
    with browser.get("/visitas.csv", buffered=False) as running:
        chunks = running.iter_encoded()
        began = next(chunks)
        visited.suppress(visit_id, "visitor")
        assert (began + b"".join(chunks)).decode().count(other) == 3
    with browser.get("/visitas.csv") as answer:
        assert (answer.data.decode().count(other), NAME in answer.data.decode()) == (3, False)


def test_no_act_that_was_open_before_or_comes_later_brings_anything_back(visited: Suppressing):
    visit_id = visited.visit(name=NAME)

    def correct(seen: int) -> None:
        with visited.writing() as session:
            visit = session.get_one(Visit, visit_id)
            name = f"Otra {NAME}"
            recording.correct(
                session, visit, reason="x", actor_id=None, seen=seen, visitor_name=name
            )

    visited.hide(visit_id)
    with pytest.raises(Refused, match="Alguien cambió esta visita"):
        correct(1)
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        reviews.suppress(session, visit, ["visitor"], actor_id=None)
        assert not recording.annul(session, visit, reason="x", actor_id=None)
    for seen in (1, 3):
        with pytest.raises(Refused):
            correct(seen)
    assert (visited.row(visit_id).state, visited.row(visit_id).versions) == ("suppressed", 3)
    purpose = {"purpose": f"Ver si vino {NAME}"}
    unmasking = visited.browser("sgtd").post(visited.of(visit_id, "/documento"), data=purpose)
    assert unmasking.status_code == 303
    assert NAME not in repr(visited.all(select(LogEntry.data)))
    visited.browser("operator").post(f"{BASE}/salidas/{visited.row(visit_id).code}")
    row = visited.row(visit_id)
    assert (row.state, row.visitor_name, row.visitor_key) == ("suppressed", "", "")
    versions = visited.all(select(VisitVersion).where(VisitVersion.visit_id == visit_id))
    assert NAME not in repr([one.subject.data for one in versions if one.subject])


def test_a_reserved_visit_stays_reserved_and_no_hidden_one_is_reserved_or_hidden_again(
    visited: Suppressing,
):
    visit_id, secret_id = visited.visit(), visited.visit()
    visited.reserve(secret_id)
    for one in (visit_id, secret_id):
        visited.hide(one)
    with visited.writing() as session:
        visit, secret = (session.get_one(Visit, one) for one in (visit_id, secret_id))
        until = visit.visit_on + timedelta(days=90)
        authorisation = reserved.Authorisation("Jefa", "Norma", until)
        for act in (
            lambda: reserved.reserve(session, visit, authorisation, actor_id=None),
            lambda: reserved.lift(session, visit, reason="x", actor_id=None),
            lambda: reviews.hide(session, visit, ground="minor", actor_id=None),
        ):
            with pytest.raises(Refused):
                act()
        assert reserved.of_visit(session, visit) is None
        assert reserved.of_visit(session, secret) is not None
        assert [count for _, count in reserved.count_by_month(session, visit.register)] == [1]
        reviews.suppress(session, secret, ["visitor"], actor_id=None)
        assert secret.audience == "reserved"
    code = visited.row(secret_id).code
    assert visited.browser().get(f"/visita/{code}").status_code == 404
