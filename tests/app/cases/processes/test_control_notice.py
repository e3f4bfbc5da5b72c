"""After three letters: the last notice, the communication to the organ of control, its mail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import files
from app.base.calendar import today
from app.base.models import (
    Entity,
    FileUse,
    IssuedPaper,
    LogEntry,
    Mail,
    Record,
)
from app.cases import papers, records
from app.cases.case import Case
from app.cases.history import lines
from app.cases.papers import sheets
from app.cases.records import documents
from app.cases.records.progress import control
from app.mailroom.sending import message
from app.people.mail import post
from forms import steps
from tests.app.walk import CODE, Walk, texts
from tests.conftest import Clock
from workflows.definition import Definition

DESK = "mesa@example.pe"


def to_the_last_notice(walk: Walk, clock: Clock) -> None:
    """Take a case past the term of its third letter."""
    with walk.writing() as session:
        session.query(Entity).filter_by(code=CODE).one().contact_email = DESK
    walk.begin_at("training")
    clock.forward(days=70)
    for _ in range(3):
        walk.tick()
        walk.answer("call_entity", "no_agreement")
        walk.answer("draft_letter")
        walk.answer("sign_letter", "signed")
        clock.forward(days=20)
    walk.tick()


def to_the_signature(walk: Walk, clock: Clock) -> None:
    to_the_last_notice(walk, clock)
    clock.set(walk.waiting()["warning_term_passes"] + timedelta(minutes=1))
    walk.tick()


def case_of(walk: Walk, session: Session) -> Case:
    row = walk.instance(session)
    return Case(session, row.entity, row)


def notice_of(walk: Walk) -> dict[str, Any]:
    with walk.reading() as session:
        rows = session.query(Record).filter_by(name="control_notice").order_by(Record.id)
        return list(rows)[-1].data


@pytest.mark.nightly
def test_the_last_notice_reaches_the_people_of_the_open_step_and_the_desk(walk: Walk, clock: Clock):
    to_the_last_notice(walk, clock)
    mails = walk.mails("control_warning")
    assert {mail.user_id for mail in mails} == {walk.people["administrator"], None}
    assert DESK in [mail.to for mail in mails]
    for mail in mails:
        assert "* Programar la capacitación del personal" in mail.body
        assert "5 días hábiles" in mail.body
    (entry,) = walk.entries("control.warned")
    assert entry.data["mails"] == len(mails)
    assert walk.open_steps() == ["plan_training"]


@pytest.mark.nightly
def test_an_entity_that_acts_after_the_notice_ends_the_follow_up(walk: Walk, clock: Clock):
    to_the_last_notice(walk, clock)
    walk.answer("plan_training")
    clock.set(walk.waiting()["last_training_arrives"] + timedelta(minutes=1))
    walk.tick()
    walk.answer("report_training")
    walk.answer("review_training", "accepted")
    assert "warning_term_passes" not in walk.waiting()
    assert walk.row().stage == "demo_test"


@pytest.mark.nightly
def test_the_communication_states_the_letters_and_goes_by_mail(walk: Walk, clock: Clock):
    to_the_signature(walk, clock)
    drafted = notice_of(walk)
    assert len(drafted["letters"]) == 3
    assert drafted["missing"] == ["Programar la capacitación del personal"]
    assert drafted["organ"]["confirmed"] is False
    walk.answer("sign_control_notice", "signed")
    with walk.writing() as session:
        (row,) = session.query(IssuedPaper).filter_by(kind="comunicacion_control")
        assert row.signed_id == notice_of(walk)["file"]["id"]
        signed = session.get_one(FileUse, row.signed_id)
        signed.paper = "comunicacion_control"  # as the page of the step uploads it
        mail = session.merge(walk.mails("control_notice")[0])
        (attached,) = message.build(session, mail).iter_attachments()
        assert attached.get_filename() == f"comunicacion-al-organo-de-control-firmada-{CODE}.pdf"
        assert attached.get_content() == files.path_of(signed.sha256).read_bytes()
        files.path_of(signed.sha256).unlink()
        with pytest.raises(message.Unfit, match="No se pudo leer"):
            message.build(session, mail)
    (entry,) = walk.entries("control.sent")
    assert entry.data["how"] == "mail"
    assert "control.sent" in walk.log()
    assert walk.open_steps() == ["plan_training"], "the obligation goes on"


@pytest.mark.nightly
def test_a_communication_that_is_returned_is_void(walk: Walk, clock: Clock):
    to_the_signature(walk, clock)
    paper = walk.one(select(IssuedPaper).filter_by(kind="comunicacion_control"))
    assert paper.void_at is None
    public = walk.app.test_client()
    assert "ninguna firma" in public.get(f"/verificar/{paper.code}").text
    walk.answer("sign_control_notice", "returned")
    assert walk.get(FileUse, paper.file_id).void_at is not None
    (entry,) = walk.entries("paper.annulled")
    assert entry.data["paper"] == "comunicacion_control"
    page = public.get(f"/verificar/{paper.code}").text
    assert "Anulada" in page
    assert "Vigente" not in page


@pytest.mark.nightly
def test_the_next_step_says_why_a_communication_was_returned(walk: Walk, clock: Clock):
    to_the_signature(walk, clock)
    walk.answer("sign_control_notice", "returned")
    clock.set(walk.waiting()["return_day_passes"] + timedelta(minutes=1))
    walk.tick()
    why = notice_of(walk)["returned"]
    assert why
    opened = walk.task("call_entity").reason
    assert opened.startswith("El Despacho devolvió la comunicación")
    assert opened.endswith(why)


def test_a_letter_that_is_returned_is_void(walk: Walk, clock: Clock):
    walk.begin_at("training")
    clock.forward(days=70)
    walk.tick()
    walk.answer("call_entity", "no_agreement")
    walk.answer("draft_letter")
    walk.answer("sign_letter", "returned")
    paper = walk.one(select(IssuedPaper).filter_by(kind="oficio_reiteracion"))
    assert "Anulado" in walk.app.test_client().get(f"/verificar/{paper.code}").text


@pytest.mark.nightly
def test_a_communication_on_paper_sends_no_mail(walk: Walk, clock: Clock):
    to_the_signature(walk, clock)
    with walk.writing() as session:
        case = case_of(walk, session)
        signed = {"number": "1", "signed_on": "2026-06-01", "sent": "paper", "receipt": "77"}
        documents.write(case, control.NAME, notice_of(walk) | signed)
        assert control.send(case) == ()
        (entry,) = session.query(LogEntry).filter_by(kind="control.sent")
        assert lines.describe(entry).text.endswith("(en papel, con el expediente 77)")


def test_an_entity_without_an_address_is_still_communicated(walk: Walk):
    walk.begin_at("training")
    walk.leave("administrator", "alternate")
    with walk.writing() as session:
        case = case_of(walk, session)
        case.entity.contact_email = ""
        assert control.warn(case) == ()
        (said,) = case_form(case).unarrived()
        assert said == "El último aviso no se envió: no había ninguna dirección que funcionara."
    assert notice_of(walk)["mails"] == 0


LEAD = "La entidad no respondió a tres oficios ni al último aviso."


@pytest.mark.parametrize(
    ("bounced", "notes", "is_stated"),
    [
        (0, [], True),
        (1, ["El último aviso llegó a 1 de 2 direcciones."], True),
        (2, ["El último aviso no llegó a ninguna dirección."], False),
    ],
)
def test_a_communication_states_a_last_notice_that_arrived(
    walk: Walk, bounced: int, notes: list[str], is_stated: bool
):
    walk.begin_at("training")
    with walk.writing() as session:
        case = case_of(walk, session)
        case.entity.contact_email = DESK
        mails = [post(session, letter) for letter in control.warn(case)]
        for number, mail in enumerate(mails):
            assert mail is not None
            mail.state = "bounced" if number < bounced else "sent"
        session.flush()
        control.draft(case, Definition.parse(texts()))
        sheet = papers.values_for(case, "comunicacion_control")
        assert bool(sheets.sheet("comunicacion_control", sheet, today())["warned_on"]) == is_stated
        assert case_form(case).unarrived() == notes
        assert case_form(case).lead.startswith(LEAD) == is_stated
        assert (records.read(case, "control_notice")["arrived"] == 2) == (not bounced)


@pytest.mark.nightly
def test_a_bounce_after_the_draft_is_noted(walk: Walk, clock: Clock):
    to_the_signature(walk, clock)
    with walk.writing() as session:
        notice = notice_of(walk) | {"arrived": 2}
        documents.write(case_of(walk, session), control.NAME, notice)
        session.query(Mail).filter_by(kind="control_warning").update({"state": "bounced"})
        form = case_form(case_of(walk, session))
        form.given["printed_control_notice"]["control_notice"] = notice
        (said,) = (one for one in form.unusual_facts() if "«Último aviso»" in one)
        assert "No llegó a ninguna dirección" in said


def case_form(case: Case) -> Any:
    """Return the form that signs the communication, without values."""
    step = steps()["sign_control_notice"]
    given = {name: records.read(case, name) for name in step.needs}
    return step.form(given=given | {"today": today()})


@pytest.mark.parametrize(
    ("kind", "level", "organ"),
    [
        ("ministerio", "nacional", "Órgano de Control Institucional de Ejemplo"),
        ("universidad", "nacional", "Órgano de Control Institucional de Ejemplo"),
        ("gobierno_regional", "regional", "Órgano de Control Institucional de Ejemplo"),
        ("municipalidad_provincial", "local", "Órgano de Control Institucional de Ejemplo"),
        ("municipalidad_distrital", "local", "que corresponde a Ayacucho"),
        ("", "", "que corresponde a Ayacucho"),
    ],
)
def test_a_table_says_which_organ_is_informed(kind: str, level: str, organ: str):
    entity = Entity(name="Ejemplo", kind=kind, level=level, ubigeo="050101")
    found = control.organ_of(entity, Definition.parse(texts()))
    assert found["organ"].endswith(organ)
    assert found["basis"]
