"""What the public page says of a paper by its file and its presentation."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest

from app.base.models import Draft, Filing, IssuedPaper
from app.cases import processes
from app.cases.processes.returns import corrections
from tests.app.cases.papers.test_findings import facts, page, signature
from tests.app.onboarding.tasks.test_findings_on_upload import (
    REASON,
    Reader,
    code_of,
    other_pdf,
    reader_of,
    send,
    submit_with,
)
from tests.app.walk import Walk, sample_pdf
from tests.databases import behind_the_back

pytestmark = pytest.mark.nightly

KIND = "sip_rvl_001"
FIELD = f"signed_{KIND}"
KINDS = ("oficio_designacion", "sip_rvl_001", "sip_rvl_002")
NOT_SIGNED, IN_FORCE = "No consta que esté firmado", "<strong>Vigente</strong>"
SIGNED_HASH = "SHA-256 del archivo firmado"
SCAN = facts(page(holds="image", code=""))
VALID = signature(document="", ruc="")
#: File → what the reader finds in it, by the code of the paper; its bytes; whether it is a signed
#: copy.
FILES: dict[str, tuple[Any, bytes, bool]] = {
    "the untouched original": (lambda code: facts(page(1, code=code)), sample_pdf(), False),
    "a recipe": (lambda _: facts(page(code="")), other_pdf(2), False),
    "a signed recipe": (lambda _: facts(page(code=""), signatures=(VALID,)), other_pdf(2), False),
    "a paper of others": (
        lambda _: facts(page(1, "image", "B" * 16)),
        other_pdf(2),
        False,
    ),
    "a file that was not read": (
        lambda _: facts() | {"looked": [], "pages": 0, "cut_short": True},
        other_pdf(2),
        False,
    ),
    "a signature that is not valid": (
        lambda code: facts(
            page(1, code=code),
            signatures=(signature(document="", ruc="", word="invalid", reasons=["broken"]),),
        ),
        sample_pdf() + b"% signed",
        False,
    ),
    "saved by another program": (
        lambda code: facts(page(1, code=code), signatures=(VALID,)),
        other_pdf(2),
        False,
    ),
    "one that is signed, by bytes": (
        lambda code: facts(page(1, code=code), signatures=(VALID,)),
        sample_pdf() + b"% signed",
        True,
    ),
    "undetermined": (
        lambda code: facts(
            page(1, code=code),
            signatures=(
                signature(document="", ruc="", word="undetermined", reasons=["unknown_root"]),
            ),
        ),
        sample_pdf() + b"% signed",
        True,
    ),
    "signed by a delegate": (
        lambda code: facts(page(1, code=code), signatures=(signature(document="49999999"),)),
        sample_pdf() + b"% signed",
        True,
    ),
    "a scan": (lambda code: facts(page(1, "image", code)), other_pdf(2), True),
}


@pytest.fixture
def reader(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Return a reader in place of the helper; each issued paper has its own bytes."""
    made = reader_of(walk, monkeypatch)
    with behind_the_back(walk.app) as session:  # tests typeset all papers alike
        others = session.query(IssuedPaper).filter(IssuedPaper.kind != KIND)
        others.update({"sha256": "0" * 64})
    return made


def present(walk: Walk, reader: Reader, content: bytes, read: Any) -> None:
    """Present scans, and a file as SIP-RVL-001, with reasons where one is stopped."""
    for kind in KINDS:
        is_file = kind == KIND
        reader.facts = read if is_file else facts(page(1, "image", code_of(walk, kind)))
        sent = io.BytesIO(content if is_file else other_pdf(2, kind.encode()))
        send(walk, "upload", **{f"signed_{kind}": (sent, "firmado.pdf")})
    task_id = walk.task("file_designation").id
    held = {
        name: value for name, value in walk.get(Draft, task_id).pairs if name.startswith("signed_")
    }
    submit_with(walk, {**held, f"as_is_{FIELD}": REASON})


def public(walk: Walk, code: str) -> str:
    """Return the public page of a code."""
    text: str = walk.app.test_client().get(f"/verificar/{code}").text
    return text


@pytest.mark.parametrize("name", FILES)
def test_only_a_signed_copy_is_called_one(walk: Walk, reader: Reader, name: str):
    read, content, is_copy = FILES[name]
    code = code_of(walk, KIND)
    present(walk, reader, content, read(code))
    text = public(walk, code)
    assert (NOT_SIGNED in text, IN_FORCE in text) == (not is_copy, is_copy)
    sha256 = hashlib.sha256(content).hexdigest()
    assert (SIGNED_HASH in text) == is_copy
    sent = {"file": (io.BytesIO(content), "x.pdf")}
    compared = walk.app.test_client().post(f"/verificar/{code}", data=sent).text
    assert ("al archivo firmado que se registró" in compared) == is_copy
    assert (sha256 in text) == (is_copy or content == sample_pdf())


def test_a_scan_without_a_qr_is_a_signed_copy_once_it_is_accepted(walk: Walk, reader: Reader):
    code = code_of(walk, KIND)
    present(walk, reader, other_pdf(2), SCAN)
    walk.answer("record_reception", "received")
    text = public(walk, code)
    assert "<strong>Se registró un escaneo.</strong>" in text
    assert IN_FORCE not in text
    assert SIGNED_HASH not in text
    walk.answer("review_designation", "accepted")
    text = public(walk, code)
    assert IN_FORCE in text
    assert SIGNED_HASH in text


@pytest.fixture
def presented(walk: Walk, reader: Reader) -> str:
    """Return the code of a paper whose signed copy was presented."""
    code = code_of(walk, KIND)
    present(walk, reader, other_pdf(2), facts(page(1, "image", code)))
    assert IN_FORCE in public(walk, code)
    return code


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"record_reception": "not_filed"}, "No consta que se haya presentado"),
        ({"record_reception": "observed"}, "Observado"),
        ({"record_reception": "received", "review_designation": "observed"}, "Observado"),
        (
            {"record_reception": "received", "review_designation": "not_presented"},
            "Se tuvo por no presentado",
        ),
        ({"record_reception": "received", "review_designation": "accepted"}, "Vigente"),
    ],
)
def test_the_page_says_the_outcome_of_the_presentation(
    walk: Walk, presented: str, answers: dict[str, str], words: str
):
    for step, outcome in answers.items():
        walk.answer(step, outcome)
    text = public(walk, presented)
    assert f"<strong>{words}" in text
    assert (IN_FORCE in text) == (words == "Vigente")
    assert SIGNED_HASH in text


def test_a_returned_presentation_is_not_in_force(walk: Walk, presented: str):
    with walk.writing() as session:
        who = walk.people["sip"]
        processes.send_back(session, walk.id, "list_personnel", "Falta una persona.", who)
    assert "<strong>Devuelto</strong>" in public(walk, presented)


def test_a_cancelled_case_has_no_papers_in_force(walk: Walk, presented: str):
    walk.act(processes.cancel, "Era una prueba.")
    assert "<strong>Sin efecto</strong>" in public(walk, presented)


def test_a_presentation_that_a_corrected_version_replaces_says_so(walk: Walk, presented: str):
    with walk.writing() as session:
        task_id, who = walk.find(session, "record_reception").id, walk.people["preparer"]
        corrections.corrected_version(session, task_id, "list_personnel", who)
    assert "se reemplaza por una versión corregida" in public(walk, presented)


def test_a_copy_that_was_presented_again_with_a_corrected_version_is_in_force(
    walk: Walk, presented: str
):
    with walk.writing() as session:
        first = session.query(Filing).one()
        first.result, first.closed_at = "replaced", first.presented_at
        names = ("entity_id", "instance_id", "kind", "number", "presented_at", "signed")
        session.add(Filing(**{name: getattr(first, name) for name in names}))
    assert IN_FORCE in public(walk, presented)


def test_a_copy_in_whose_place_another_file_was_presented_says_so(walk: Walk, presented: str):
    with walk.writing() as session:
        filing = session.query(Filing).one()
        filing.signed = {**filing.signed, KIND: filing.signed["sip_rvl_002"]}
    assert "después se presentó otro documento en su lugar" in public(walk, presented)
