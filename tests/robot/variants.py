"""Variants of a story: the process changes between its episodes, or its papers are signed."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from pyhanko.sign.signers import SimpleSigner
from sqlalchemy import select

from app.base import db
from app.base.models import IssuedPaper, MigrationBatch, ProcessInstance, User
from app.cases import custody, processes, records
from app.cases.processes.migrating.rehearsals import batches
from app.ops.worker import JOBS
from app.ops.worker.turns import turn
from forms.shapes.filing import DESIGNATION, PERSONNEL
from forms.shapes.filing_examples import RUC as OF_PCM
from tests.app import cast
from tests.app.cases.papers import altered
from tests.app.cases.papers.signed import authority
from tests.app.cases.papers.signed.test_signature_boxes import box_of
from tests.app.walk import sample_pdf, texts
from tests.robot.browsing import Page, Visitor
from tests.robot.story import OF_PCM as OF_PEOPLE
from tests.robot.story import Story
from tests.workflows.migration import alterations

CHANGES = (
    alterations.rename_gateways,
    alterations.say_conditions_twice,
    alterations.move_follow_ups,
)


#: The document of a second Gestor.
SECOND = "40000099"


class Variant:
    """The story as it is."""

    #: Names of the episodes that are left out.
    leaves_out: tuple[str, ...] = ()

    def __init__(self, story: Story, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.story = story

    def after_an_episode(self) -> None:
        """Act after each episode."""

    def after_all(self) -> None:
        """Check what only this variant leaves."""


class Moved(Variant):
    """Moves the case to another version after each episode, on the pages of the Gestor.

    Each move is a rehearsal, its table, a batch that a second Gestor confirms, and the worker. The
    drawn ids, conditions and days of follow-ups differ in each version; steps, terms and words are
    the same, so what people see must not change.
    """

    leaves_out = ("the_process_changes_while_the_training_is_planned",)
    number = 0

    def after_an_episode(self) -> None:
        """Move the case; steps and days stay."""
        self.number += 1
        story = self.story
        with story.app.app_context(), db.writing(story.app) as session:
            deployment = processes.deploy(session, version(self.number))
            wanted, short = deployment.id, deployment.hash[:12]
        before = story.open_tasks()
        gestor = story.people["superuser"]
        address = f"/proceso/versiones/{short}/ensayo"
        gestor.go(address).button("Ensayar").says("Empezó el ensayo")
        turn(story.app, JOBS["migrations"])
        page = gestor.go(address).says("Qué pasaría")
        page = gestor.go(page.link("Preparar un lote"))
        form = next(one for one in page.forms if "reason" in one.names)
        form.fill("reason", "La versión nueva ya está en vigor.")
        form.press().says("lo confirma otra persona")
        self._confirm()
        turn(story.app, JOBS["migrations"])
        gestor.go(address).says("Lote 1: terminado")
        running = ProcessInstance.ended_at.is_(None)
        assert set(story.all(select(ProcessInstance.deployment_id).where(running))) == {wanted}
        assert story.open_tasks() == before
        with story.writing() as session:
            for key in custody.all_onboardings(session):
                assert not custody.rebuild(session, session.get_one(ProcessInstance, key))

    def _confirm(self) -> None:
        """Confirm the batch as a second Gestor."""
        with self.story.writing() as session:
            known = select(User).where(User.document_number == SECOND)
            second = session.scalar(known) or cast.person(session, SECOND, "superuser")
            batch = session.scalars(
                select(MigrationBatch).where(MigrationBatch.state == "proposed")
            ).one()
            proposal = batches.waiting(session, batch)
            assert proposal is not None
            batches.confirm(session, proposal.id, second.id)


def version(number: int) -> dict[str, str]:
    """Return the diagrams with one kind of change in all; the number makes each another one."""
    changed = dict(texts())
    for name, text in changed.items():
        if name.endswith(".bpmn"):
            root = etree.fromstring(text.encode())
            CHANGES[number % len(CHANGES)](root)
            root.set("exporterVersion", str(number))
            changed[name] = etree.tostring(root, encoding="unicode")
    return changed


class Signed(Variant):
    """Signs each issued paper, with certificates of the test authority, in the box for it.

    The format SIP-RVL-002 is uploaded as a scan, without a digital signature.
    """

    #: Which person of the case signs a paper.
    signers = dict.fromkeys((*DESIGNATION, *PERSONNEL), "authority") | {
        "demo_report": "administrator",
        "constancia": "secretary",
    }
    #: Input → the paper that is uploaded there, where the input is not named after it.
    inputs = {"document": "constancia", "report": "demo_report"}

    def __init__(self, story: Story, folder: Path, patch: pytest.MonkeyPatch) -> None:
        """Trust the test authority, and take from here what is uploaded."""
        super().__init__(story, folder, patch)
        #: The newest paper of each kind, as it was issued and as it was uploaded.
        self.issued: dict[str, tuple[bytes, bytes]] = {}
        trust = authority.write_trust(folder / "trust", at=story.clock())
        self.revocation = Path(trust["revocation"])
        story.app.config.update(TRUST_ROOTS=trust["roots"], REVOCATION=trust["revocation"])
        with story.writing() as session:
            code = story.app.config["OWN_ENTITY"]
            cast.entity_of(session, code).ruc = OF_PCM
        patch.setattr(Visitor, "document_for", lambda _, *given: self.document(*given))

    def paper(self, kind: str) -> IssuedPaper | None:
        """Return the newest paper of a kind in force."""
        in_force = IssuedPaper.replaced_by.is_(None) & IssuedPaper.void_at.is_(None)
        found = self.story.all(select(IssuedPaper).where(IssuedPaper.kind == kind, in_force))
        return max(found, key=lambda one: one.issued_at, default=None)

    def document(self, page: Page, name: str) -> bytes:
        """Return the issued paper that an input asks for, signed; a sample for any other input."""
        kind = self.inputs.get(name, name.removeprefix("signed_"))
        paper = self.paper(kind) if kind in self.signers else None
        if paper is None:
            return sample_pdf()
        content = page.visitor.download(f"/archivos/{paper.file_id}")
        assert hashlib.sha256(content).hexdigest() == paper.sha256
        self.issued[kind] = content, self.sign(content, kind)
        return self.issued[kind][1]

    def sign(self, content: bytes, kind: str) -> bytes:
        """Sign a paper in its box, with the certificate of who must, or scan it."""
        if kind == "sip_rvl_002":
            return altered.scanned(content, dpi=150)
        now = self.story.clock()
        for issuer in ("root", "inter"):  # an installation fetches the lists each day
            listed = authority.revocation_list(issuer, now)
            (self.revocation / f"{issuer}.crl").write_bytes(listed)
        number, box = box_of(content)
        who = self.signer(self.signers[kind])
        return altered.signed(content, who, at=now, visible=True, box=box, page=number)

    def signer(self, role: str) -> SimpleSigner:
        """Return the person of a role with a certificate of their entity."""
        if role == "secretary":
            number = OF_PEOPLE[role]
            (user,) = self.story.all(select(User).where(User.document_number == number))
            return authority.person(user.full_name, number, OF_PCM)
        with self.story.reading() as session:
            case = self.story.onboarding(session)
            held = records.read(case, role)
            one = held if role == "authority" else held["holder"]
            name = f"{one['surnames']} {one['given_names']}"
            return authority.person(name, one["document_number"], case.entity.ruc)

    def after_all(self) -> None:
        """Check that anyone can verify the constancia, and that the dossier has all findings."""
        story = self.story
        (issued, signed), paper = self.issued["constancia"], self.paper("constancia")
        assert paper is not None
        page = story.stranger.go(f"/verificar/{paper.code}").says("Vigente")
        page.says(*(hashlib.sha256(one).hexdigest() for one in (issued, signed)))
        for content, words in (
            (signed, "al archivo firmado que se registró"),
            (issued, "al archivo que se emitió, sin firmas"),
            (altered.flipped(signed), "no es idéntico al emitido"),
        ):
            form = page.form("file")
            form.values["file"] = content, "constancia.pdf"
            form.press().says(words)
        with story.reading() as session:
            instance = story.onboarding(session).instance
            address = f"{story.code}/procesos/{instance.id}/expediente.zip"
        story.page("sip")  # signs in again
        archive = story.people["sip"].download(f"/entidades/{address}")
        with zipfile.ZipFile(io.BytesIO(archive)) as dossier:
            index = io.StringIO(dossier.read("indice.csv").decode("utf-8-sig"))
            assert signed in [dossier.read(name) for name in dossier.namelist()]
        found = {row["SHA-256"]: row["Hallazgos"] for row in csv.DictReader(index)}
        assert {"oficio_designacion", "carta_presentacion", "sip_rvl_002"} <= self.issued.keys()
        for kind, (_, uploaded) in self.issued.items():
            begins = "Firma manuscrita" if kind == "sip_rvl_002" else "VÁLIDO: Firma de"
            assert found[hashlib.sha256(uploaded).hexdigest()].startswith(begins), kind


VARIANTS = [
    pytest.param(Variant, id="as it is"),
    pytest.param(Moved, id="moved", marks=pytest.mark.nightly),
    pytest.param(Signed, id="signed", marks=pytest.mark.nightly),
]
