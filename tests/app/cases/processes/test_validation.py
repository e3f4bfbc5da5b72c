"""Validating a stage, before and while it runs: its results, and refusals."""

from __future__ import annotations

import io
import json
import re

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import InductionSession, PostHolder, Register, Seat, User, ValidationDraft
from app.cases import papers, processes
from app.cases.processes.case_admin import LEFT_BY
from app.people import access, proposals
from app.people.accounts.factor import waiting
from forms import steps
from forms.examples import SAMPLE_FILE
from tests.app.onboarding.seats import published
from tests.app.posted import refused
from tests.app.walk import Walk, example_pairs, sample_pdf
from tests.pages import CheckingClient

WHY = "La entidad ya usa el registro desde el año pasado"


def address(stage: str, key: str = "motivo") -> str:
    """Return a page of a validation."""
    return f"/entidades/E90001/convalidar/{stage}/{key}"


def first_page(client: CheckingClient, stage: str):
    """Send the reason and the document."""
    data = {
        "validation_reason": WHY,
        "validation_document": (io.BytesIO(sample_pdf()), "oficio.pdf"),
        "action": "submit",
    }
    return client.post(address(stage), data=data)


def validate(walk: Walk, stage: str, role: str = "", **typed: str):
    """Answer all pages of a validation from the steps' examples; return the last answer.

    The last stage is confirmed as well, by the other secretariat.
    """
    client = walk.browser(role or access.reviewing_role(stage))
    answer = first_page(client, stage)
    while "/convalidar/" in (answer.location or ""):
        page = page_data(walk, stage, answer.location.rpartition("/")[2])
        data = {"action": "submit"} | page | {k: v for k, v in typed.items() if k in page}
        answer = client.post(answer.location, data=data)
    if (proposal := walk.read(proposals.waiting, "validation", str(walk.id))) is not None:
        answer = confirm(walk, proposal.id, "sgtd")
    return answer


def confirm(walk: Walk, number: int, role: str):
    """Confirm a proposal, after the page that shows what follows; return the last answer."""
    place, data = f"/propuestas/{number}", {"answer": "confirm"}
    page = walk.browser(role).post(place, data=data)
    stamp = re.findall(r'name="_confirmado" value="([^"]+)"', page.text)
    if not stamp:
        return page
    assert "El proceso termina" in page.text
    return walk.browser(role).post(place, data=data | {"_confirmado": stamp[0]})


def page_data(walk: Walk, stage: str, key: str) -> dict[str, object]:
    """Return the answers of an example on one page."""
    for name in LEFT_BY[stage][0]:
        step = steps()[name]
        given = {need: walk.record(need) for need in step.needs}
        given["today"] = calendar.today()
        for page in step.form.screens():
            if key != f"{step.id}-{page.key}".replace("_", "-"):
                continue
            data: dict[str, object] = {}
            for field, value in example_pairs(name, given):
                if field.partition("-")[0] not in page.fields:
                    continue
                if value == SAMPLE_FILE:
                    data[field] = (io.BytesIO(sample_pdf()), "documento.pdf")
                elif field == "roster":
                    data |= roster_upload(value)
                else:
                    data.setdefault(field, [])
                    data[field].append(value)  # type: ignore[attr-defined]
            return data
    raise AssertionError(key)


def roster_upload(rows: str) -> dict[str, object]:
    """Return rows of a roster as they are pasted."""
    lines = ["\t".join(row) for row in json.loads(rows)]
    return {"roster-paste": "\n".join(lines), "roster-mode": "replace"}


@pytest.mark.nightly
@pytest.mark.parametrize("stage", list(LEFT_BY))
def test_each_stage_can_be_validated_while_it_runs_and_the_next_is_no_dead_end(
    walk: Walk, stage: str
):
    walk.begin_at(stage)
    answer = validate(walk, stage)
    assert answer.status_code == 303, answer.text
    assert answer.location == "/entidades/E90001"
    stages = list(LEFT_BY)
    row = walk.row()
    assert row.validated[stage]["reason"] == WHY
    assert "stage.left_by_validation" in walk.log()
    if stage == stages[-1]:
        assert row.status == "ended"
        assert walk.waiting() == {}
    else:
        assert row.stage == stages[stages.index(stage) + 1]
        assert walk.open_steps()
        assert f"{stage}_overdue" not in walk.waiting()
    walk.assert_consistent()


def test_only_the_post_that_validates_asks_for_a_recent_code(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    walk.begin_at("induction")
    monkeypatch.setattr(waiting, "is_demanded", lambda *_: True)
    assert validate(walk, "induction").location.startswith("/segundo-factor")
    assert "induction" not in walk.row().validated
    monkeypatch.undo()
    pages = walk.one(select(ValidationDraft)).pairs
    assert ["validation_reason", WHY] in pages, "nothing that was typed is lost"


@pytest.mark.nightly
def test_a_stage_that_is_ahead_is_validated_now_and_skipped_later(begun: Walk):
    assert validate(begun, "induction").status_code == 303
    assert validate(begun, "training").status_code == 303
    assert begun.row().stage == "designation"
    begun.designate()
    begun.answer("record_reception", "received")
    begun.answer("review_designation", "accepted")
    assert begun.row().stage == "demo_test"
    assert begun.open_steps() == ["run_demo_test"]
    assert begun.browser("sip").get("/entidades/E90001/tareas").text.count("Convalidado") == 2


@pytest.mark.nightly
def test_a_validated_designation_leaves_people_accounts_authority_and_roster(begun: Walk):
    validate(begun, "designation")
    designated = begun.record("administrator")
    assert begun.record("authority")
    assert begun.record("roster")
    assert begun.has_role(designated["holder"]["document_number"], "administrator")
    assert begun.row().stage == "induction"
    assert "choose_thematic_session" in begun.open_steps()
    assert begun.open_steps(begun.begin("redesignation")) == ["designate_administrator"]


def test_a_validated_production_leaves_its_register_and_a_day_that_may_be_past(walk: Walk):
    walk.begin_at("production")
    assert validate(walk, "production", go_live_on="05/01/2026").status_code == 303
    assert walk.record("production")["go_live_on"] == "2026-01-05"
    assert held(walk, "production") == len(walk.record("roster"))
    assert walk.row().stage == "interest_acts"


def held(walk: Walk, environment: str) -> int:
    """Return how many people a register holds; -1 while it is not open."""
    found = walk.record(f"{environment}_register")
    return sum(found["people"].values()) if found else -1


@pytest.mark.nightly
def test_a_validated_induction_opens_the_demo_register_with_its_people_and_frees_its_seat(
    walk: Walk,
):
    key = published(walk, 1, days=7)
    walk.begin_at("induction")
    walk.answer("choose_thematic_session", "chosen")
    assert held(walk, "demo") == -1
    validate(walk, "induction")
    assert held(walk, "demo") > 1
    assert walk.read(access.holders, "operator", walk.row().entity_id)
    assert walk.get(InductionSession, key).taken == 0
    assert walk.all(select(Seat)) == []


@pytest.mark.nightly
def test_a_demo_register_opened_before_there_was_a_roster_gets_its_people_with_the_designation(
    begun: Walk,
):
    validate(begun, "induction")
    assert held(begun, "demo") == 0
    validate(begun, "designation")
    assert held(begun, "demo") > 1
    with begun.reading() as session:
        assert access.holders(session, "operator", begun.row().entity_id)


@pytest.mark.nightly
def test_a_production_opened_before_the_second_presentation_gets_its_people_by_it(walk: Walk):
    walk.begin_at("resubmission")
    validate(walk, "production")
    assert held(walk, "production") > 1
    validate(walk, "resubmission")
    roster = walk.record("roster")
    assert held(walk, "production") == sum(one["movement"] == "alta" for one in roster)


@pytest.mark.nightly
def test_validated_interest_acts_are_enabled_and_their_decision_makers_public(walk: Walk):
    walk.begin_at("production")
    validate(walk, "production")
    validate(walk, "interest_acts")
    register = walk.one(select(Register).where(Register.environment == "production"))
    assert register.interest_acts_at == calendar.now()
    decide = select(PostHolder).where(PostHolder.register_id == register.id, PostHolder.decides)
    assert walk.all(decide)


@pytest.mark.parametrize("stage", sorted(LEFT_BY))
def test_each_stage_is_validated_by_the_secretariat_that_reviews_it(begun: Walk, stage: str):
    reviewer = access.reviewing_role(stage)
    other = "sgtd" if reviewer == "sip" else "sip"
    link = address(stage)
    assert link in begun.browser(reviewer).get("/entidades/E90001/convalidar").text
    assert link not in begun.browser(other).get("/entidades/E90001/convalidar").text
    with begun.reading() as session, pytest.raises(processes.Refused, match="la convalida la"):
        processes.validate_stage(
            session, begun.id, stage, reason=WHY, document_id="", answers={},
            actor_id=begun.people[other],
        )  # fmt: skip


def test_a_barred_person_is_neither_of_the_two(begun: Walk):
    with begun.writing() as session:
        place = begun.instance(session).entity
        access.grant(session, session.get_one(User, begun.people["sip"]), "preparer", place, None)
    with begun.reading() as session, pytest.raises(processes.Refused, match="021 no puede"):
        processes.validate_stage(
            session, begun.id, "interest_acts", reason=WHY, document_id="", answers={},
            **begun.validators(session, "interest_acts"),
        )  # fmt: skip


@pytest.mark.nightly
def test_the_last_stage_takes_two_people_who_read_the_same(walk: Walk):
    walk.begin_at("interest_acts")
    last, sip = "interest_acts", walk.browser("sip")
    with walk.reading() as session, pytest.raises(processes.Refused, match="dos personas"):
        processes.validate_stage(
            session, walk.id, last, reason=WHY, document_id="", answers={},
            actor_id=walk.people["sip"],
        )  # fmt: skip
    answer = first_page(sip, last)
    while "/convalidar/" in (answer.location or ""):
        data = page_data(walk, last, answer.location.rpartition("/")[2])
        answer = sip.post(answer.location, data={"action": "submit"} | data)
    proposal = walk.read(proposals.waiting, "validation", str(walk.id))
    assert walk.row().status == "running"
    assert first_page(sip, last).location == f"/propuestas/{proposal.id}"  # nothing is changed now
    page = walk.browser("sgtd").get(f"/propuestas/{proposal.id}").text
    assert WHY in page
    assert f"/archivos/{proposal.data['document']}" in page
    assert address(last) in page
    assert confirm(walk, proposal.id, "sip").status_code == 422
    with walk.writing() as session:
        draft = session.scalars(select(ValidationDraft)).one()
        draft.pairs = [*draft.pairs, ["other", "x"]]
    assert "cambió después" in confirm(walk, proposal.id, "sgtd").text
    with walk.writing() as session:
        draft = session.scalars(select(ValidationDraft)).one()
        draft.pairs = draft.pairs[:-1]
    assert confirm(walk, proposal.id, "sgtd").status_code == 303
    assert walk.row().status == "ended"
    history = walk.browser("sgtd").get("/entidades/E90001/historial").text
    assert "como propuso Persona Ejemplo 021" in history
    assert WHY in history
    assert f"/archivos/{proposal.data['document']}" in history
    assert "la última etapa se convalidó" in walk.browser("secretary").get("/pendientes").text


@pytest.mark.nightly
def test_a_stage_is_validated_once(begun: Walk):
    validate(begun, "training")
    before = begun.log()
    client = begun.browser("sip")
    assert "Capacitación del personal" not in client.get("/entidades/E90001/convalidar").text
    assert first_page(client, "training").status_code == 303
    assert "ya está convalidada" in client.get("/entidades/E90001").text
    assert begun.log() == before


@pytest.mark.nightly
def test_a_stage_that_is_over_is_not_validated(walk: Walk):
    walk.begin_at("training")
    with walk.writing() as session:
        walk.instance(session).validated = {}
    client = walk.browser("sip")
    first_page(client, "induction")
    assert "ya se cumplió" in client.get("/entidades/E90001").text


def test_a_validation_says_what_it_does_and_needs_a_reason_and_a_document(begun: Walk):
    client = begun.browser("sip")
    assert "Convalidar la etapa</button>" in client.get(address("training")).text
    answer = client.post(address("training"), data={"action": "next"})
    at = refused(answer)
    assert "Escribe el motivo" in at["validation_reason"]
    assert "Sube el documento" in at["validation_document"]
    for name, content in (
        ("oficio.pdf", b""),
        ("oficio.pdf", b"not a pdf"),
        ("oficio.docx", b"PK\x03\x04"),
    ):
        data = {"validation_reason": WHY, "validation_document": (io.BytesIO(content), name)}
        answer = client.post(address("training"), data=data | {"action": "next"})
        assert list(refused(answer)) == ["validation_document"]
    assert begun.row().validated == {}


@pytest.mark.parametrize("stage", ["", "onboarding", "follow_up", "x", "../training"])
def test_what_is_no_stage_is_not_found(begun: Walk, stage: str):
    client = begun.browser("sip")
    assert client.get(f"/entidades/E90001/convalidar/{stage}/motivo").status_code == 404
    with begun.writing() as session, pytest.raises(processes.Refused):
        processes.validate_stage(
            session, begun.id, stage, reason=WHY, document_id="", answers={},
            actor_id=begun.people["sip"],
        )  # fmt: skip


@pytest.mark.nightly
def test_a_suspended_process_takes_no_validation(begun: Walk):
    begun.act(processes.suspend, WHY)
    client = begun.browser("sip")
    first_page(client, "training")
    assert "suspendido" in client.get("/entidades/E90001").text
    assert begun.row().validated == {}


def test_without_a_running_onboarding_there_is_nothing_to_validate(walk: Walk):
    client = walk.browser("sip")
    assert client.get("/entidades/E90001/convalidar").status_code == 404
    assert client.get(address("training")).status_code == 404


@pytest.mark.nightly
def test_a_service_task_that_fails_refuses_the_validation_and_leaves_nothing(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> bytes:
        raise RuntimeError("the press is out of ink")

    walk.begin_at("interest_acts")
    monkeypatch.setattr(papers, "render", fail)
    before = walk.log()
    assert validate(walk, "interest_acts").status_code == 422
    assert walk.row().validated.keys().isdisjoint({"interest_acts"})
    assert walk.log() == [*before, "proposal.made"]
    assert walk.open_steps() == ["enable_interest_acts"]
