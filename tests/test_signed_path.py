"""The main path with papers that are really signed, up to a constancia that anyone can verify.

Papers are typeset, downloaded, signed with certificates of the test authority, uploaded and read
over HTTP, as in an installation. All other steps are answered with their examples.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import pypdfium2
import pytest
from click.testing import CliRunner
from flask import Flask
from lxml import html
from pyhanko.cli import cli_root
from pyhanko.sign.signers import SimpleSigner

from app.base.models import Entity, IssuedPaper, User
from app.cases import papers, records
from app.cases.case import Case
from app.onboarding.tasks.loading import TaskPage
from forms.drafts import as_formdata
from forms.shapes.filing import DESIGNATION, PERSONNEL
from forms.shapes.filing_examples import RUC as OF_PCM
from forms.shapes.filing_examples import presented_values
from tests.app import cast
from tests.app.cases.papers import altered
from tests.app.cases.papers.signed import authority
from tests.app.cases.papers.signed.test_signature_boxes import box_of
from tests.app.going_on import GoingOn, who_answers
from tests.app.uploads import with_file
from tests.app.walk import CODE, PARTS
from tests.conftest import Clock
from tests.pages import CheckingClient

NUMBER, OFICIO_NUMBER = "0001-2026-PCM/SIP", "045-2026-MDE/A"
VALID = '<strong class="finding__word">VÁLIDO</strong>'
#: Which person of the case signs a paper.
SIGNED_BY = dict.fromkeys((*DESIGNATION, *PERSONNEL), "authority") | {
    "sip_rvl_002": "administrator",
    "demo_report": "administrator",
    "constancia": "secretary",
}


class SignedPath(GoingOn):
    """An entity on its path, whose papers are signed outside of the application."""

    def __init__(self, app: Flask, clock: Clock, folder: Path) -> None:
        super().__init__(app, clock)
        trust = authority.write_trust(folder / "trust", at=clock())
        self.root, self.revocation = Path(trust["roots"], "root.pem"), Path(trust["revocation"])
        app.config.update(TRUST_ROOTS=trust["roots"], REVOCATION=trust["revocation"])
        app.config["CONSTANCIA_SERIES"] = "{number:04d}-{year}-PCM/SIP"
        with self.writing() as session:
            cast.entity(session, app.config["OWN_ENTITY"], ruc=OF_PCM)
        self.begin(code=CODE)

    # Moving

    def goes_to(self, step: str) -> None:
        """Answer steps and let days pass, until a step is open."""
        for _ in range(200):
            if step in self.open_steps():
                return
            if not self.go_on(self.id):
                self.wait_for([self.id])
        raise AssertionError(f"{step} did not open: {self.open_steps()}")

    def desk(self, step: str) -> tuple[CheckingClient, str]:
        """Return the browser of who answers an open step, and the step's address."""
        with self.writing() as session:
            task = self.find(session, step)
            user, address = who_answers(session, task).id, f"/tareas/{task.id}"
        return self.browser_of(user), address

    # Papers

    def paper(self, kind: str) -> IssuedPaper:
        """Return a paper in force."""
        with self.reading() as session:
            found = session.query(IssuedPaper).filter_by(kind=kind, replaced_by=None)
            return max(found, key=lambda paper: paper.issued_at)

    def download(self, browser: CheckingClient, kind: str) -> bytes:
        """Return an issued paper as the browser receives it."""
        paper = self.paper(kind)
        with browser.get(f"/archivos/{paper.file_id}") as answer:
            assert answer.status_code == 200
            content = bytes(answer.data)
        assert hashlib.sha256(content).hexdigest() == paper.sha256
        return content

    def sign(self, content: bytes, kind: str) -> bytes:
        """Sign a paper in the box that it has for it, with the certificate of who must."""
        page, box = box_of(content)
        who = self.signer(SIGNED_BY[kind])
        return altered.signed(content, who, at=self.clock(), visible=True, box=box, page=page)

    def signer(self, role: str) -> SimpleSigner:
        """Return the person of a role with a certificate of their entity."""
        with self.reading() as session:
            case = Case(session, session.query(Entity).filter_by(code=CODE).one(), self.row())
            if role == "secretary":
                user = session.get_one(User, self.people[role])
                return authority.person(user.full_name, PARTS[role][0], OF_PCM)
            held = records.read(case, role)
            one = held if role == "authority" else held["holder"]
            name = f"{one['surnames']} {one['given_names']}"
            return authority.person(name, one["document_number"], case.entity.ruc)

    def renew_revocation(self) -> None:
        """Write the revocation lists of today, as an installation fetches them each day."""
        for issuer in ("root", "inter"):
            content = authority.revocation_list(issuer, self.clock())
            (self.revocation / f"{issuer}.crl").write_bytes(content)

    def validated(self, content: bytes, folder: Path) -> tuple[int, list[str]]:
        """Return the exit code of `pyhanko sign validate` for a file, and a word per signature."""
        file = folder / "constancia.pdf"
        file.write_bytes(content)
        said = ["sign", "validate", "--executive-summary", "--no-revocation-check"]
        trusted = ["--trust", str(self.root), "--trust-replace"]
        command = [*said, *trusted, str(file)]
        ended = altered.without_loop(CliRunner().invoke, cli_root, command)
        found = re.findall(r"^Firma\d+:[0-9a-f]{64}:(\w+)$", ended.stdout, re.MULTILINE)
        return ended.exit_code, found


def upload(browser: CheckingClient, page: str, field: str, content: bytes, **more: str) -> str:
    """Upload a file to a page of a step, with other fields; return the page as it is then."""
    sent = with_file(content, "documento.pdf", into=field, action=f"upload:{field}", **more)
    assert browser.post(page, **sent).status_code == 303
    return browser.get(page).text


def text_of(content: bytes) -> str:
    """Return the text of a paper."""
    with pypdfium2.PdfDocument(content) as pdf:
        return "".join(page.get_textpage().get_text_bounded() for page in pdf)


def findings(shown: str) -> str:
    """Return the lists of findings on a page."""
    return "\n".join(re.findall(r'<ul class="findings">.*?</ul>', shown, re.DOTALL))


@pytest.fixture
def path(app: Flask, clock: Clock, tmp_path: Path) -> SignedPath:
    """Return an entity at the beginning of its path; its papers and uploads are the real ones."""
    return SignedPath(app, clock, tmp_path)


@pytest.mark.slow_by_nature("seven papers are typeset, signed and read, one of them as a scan")
def test_papers_are_signed_up_to_a_constancia_that_anyone_can_verify(
    path: SignedPath, client: CheckingClient, tmp_path: Path
):
    path.goes_to("file_designation")
    the_original_stops_once_and_what_is_signed_does_not(path)
    path.goes_to("record_reception")
    the_desk_sees(path, "record_reception", {VALID: 3})
    path.goes_to("validate_demo_results")
    path.renew_revocation()
    the_report_of_the_test_is_signed(path)
    path.goes_to("approve_demo_test")
    the_desk_sees(path, "approve_demo_test", {VALID: 1})
    path.goes_to("file_personnel")
    path.renew_revocation()
    a_scan_is_signed_by_hand(path)
    the_desk_sees(path, "record_personnel_reception", {VALID: 1, "Firma manuscrita": 1})
    path.goes_to("sign_certificate")
    path.renew_revocation()
    issued, signed = the_constancia_is_signed(path)
    anyone_can_verify_it(path, client, issued, signed)
    the_dossier_has_all_of_it(path, signed)
    assert path.validated(signed, tmp_path) == (0, ["VALID"])
    assert path.validated(altered.flipped(signed), tmp_path) == (1, ["INVALID"])


@pytest.mark.slow_by_nature("all pages of three papers are drawn, and read twice")
def test_one_scan_of_all_papers_is_divided_by_their_codes(path: SignedPath):
    path.goes_to("file_designation")
    browser, task = path.desk("file_designation")
    page = f"{task}/firmar"
    originals = [path.download(browser, kind) for kind in DESIGNATION]
    scan = altered.scanned(altered.joined(*originals), dpi=150)
    stopped = upload(browser, page, "signed_oficio_designacion", scan)
    assert "El archivo trae varios documentos" in findings(stopped)
    (link,) = re.findall(r'href="(repartir/\w+)"', stopped)
    divide = html.fromstring(browser.get(f"{task}/{link}").text).forms[-1]
    proposed = dict(divide.form_values())
    kinds = [
        kind
        for kind, content in zip(DESIGNATION, originals, strict=True)
        for _ in range(papers.page_count(content))
    ]
    assert {f"page-{number}": kind for number, kind in enumerate(kinds, 1)}.items() <= (
        proposed.items()
    )
    assert browser.post(f"{task}/{link}", data=proposed).status_code == 303
    shown = browser.get(page).text
    assert findings(shown).count("Firma manuscrita: la verifica quien revisa.") == 3
    assert findings(shown).count("<li") == 3
    present(path, "file_designation", DESIGNATION)


def the_original_stops_once_and_what_is_signed_does_not(path: SignedPath) -> None:
    browser, task = path.desk("file_designation")
    page = f"{task}/firmar"
    earlier = path.paper("oficio_designacion").code
    numbered = {"paper_number": OFICIO_NUMBER, "paper_date": f"{path.clock():%d/%m/%Y}"}
    assert browser.post(f"{task}/papel/oficio_designacion", data=numbered).status_code == 303
    assert OFICIO_NUMBER in text_of(path.download(browser, "oficio_designacion"))
    assert "Reemplazado" in browser.get(f"/verificar/{earlier}").text
    for kind in DESIGNATION:
        field, original = f"signed_{kind}", path.download(browser, kind)
        if kind == "sip_rvl_001":
            stopped = upload(browser, page, field, original)
            assert "Es el documento tal como se emitió, sin firmas." in findings(stopped)
            assert "Subirlo así" in stopped
            browser.post(page, data={"action": f"drop:{field}"})
        shown = upload(browser, page, field, path.sign(original, kind))
    assert findings(shown).count(VALID) == 3
    assert findings(shown).count("<li") == 3
    assert "Subirlo así" not in shown
    present(path, "file_designation", DESIGNATION)


def the_report_of_the_test_is_signed(path: SignedPath) -> None:
    browser, task = path.desk("validate_demo_results")
    page, decided = f"{task}/resultados", {"decision": "validated", "shown": "report"}
    original = path.download(browser, "demo_report")
    stopped = upload(browser, page, "report", original, **decided)
    assert "Es el documento tal como se emitió, sin firmas." in findings(stopped)
    no_reason = {"as_is_report": "", "action": "next"}
    assert "explica por qué lo subes así" in browser.post(page, data=decided | no_reason).text
    browser.post(page, data=decided | {"action": "drop:report"})
    shown = upload(browser, page, "report", path.sign(original, "demo_report"), **decided)
    assert findings(shown).count(VALID) == findings(shown).count("<li") == 1
    answer(browser, page, decided, f"{task}/revisar")


def a_scan_is_signed_by_hand(path: SignedPath) -> None:
    browser, task = path.desk("file_personnel")
    page = f"{task}/firmar"
    letter = path.download(browser, "carta_presentacion")
    upload(browser, page, "signed_carta_presentacion", path.sign(letter, "carta_presentacion"))
    scan = altered.scanned(path.download(browser, "sip_rvl_002"), dpi=200)
    shown = upload(browser, page, "signed_sip_rvl_002", scan)
    assert findings(shown).count(VALID) == 1
    assert "Firma manuscrita: la verifica quien revisa." in findings(shown)
    assert findings(shown).count("<li") == 2
    assert "Subirlo así" not in shown
    present(path, "file_personnel", PERSONNEL)


def present(path: SignedPath, step: str, kinds: tuple[str, ...]) -> None:
    """Say when the papers were presented, and answer the step."""
    browser, task = path.desk(step)
    after = browser.post(f"{task}/firmar", data={"action": "next"})
    assert after.headers["Location"].endswith("/presentar"), "nothing stops"
    with path.writing() as session:
        open_task = path.find(session, step)
        task_page = TaskPage.of(session, open_task.id, who_answers(session, open_task))
        values = presented_values(task_page.given, Random(step))
        data = dict(as_formdata(type(task_page.form), values))
    answer(browser, f"{task}/presentar", data, f"{task}/revisar")
    signed = [path.paper(kind).signed_id for kind in kinds]
    assert len(set(signed) - {None}) == len(kinds)


def answer(browser: CheckingClient, page: str, data: Mapping[str, Any], review: str) -> None:
    """Send the last page of a step, and confirm it."""
    assert browser.post(page, data={**data, "action": "next"}).headers["Location"].endswith(review)
    done = browser.post(review, data={"action": "submit"}, follow_redirects=True)
    assert "Registramos tu respuesta" in done.text


def the_desk_sees(path: SignedPath, step: str, counts: Mapping[str, int]) -> None:
    """Assert how often each word is among the findings that a reviewer reads."""
    browser, task = path.desk(step)
    shown = findings(browser.get(f"{task}/respuesta").text)
    assert {word: shown.count(word) for word in counts} == counts


def the_constancia_is_signed(path: SignedPath) -> tuple[bytes, bytes]:
    """Sign it and end the path; return it as it was issued, and signed."""
    browser, task = path.desk("sign_certificate")
    issued = path.download(browser, "constancia")
    assert NUMBER in text_of(issued)
    signed = path.sign(issued, "constancia")
    shown = upload(browser, f"{task}/respuesta", "document", signed, decision="signed")
    assert findings(shown).count(VALID) == findings(shown).count("<li") == 1
    day = {"decision": "signed", "shown": "document", "signed_on": f"{path.clock():%d/%m/%Y}"}
    answer(browser, f"{task}/respuesta", day, f"{task}/revisar")
    assert path.row().status == "ended"
    return issued, signed


def anyone_can_verify_it(
    path: SignedPath, visitor: CheckingClient, issued: bytes, signed: bytes
) -> None:
    address = f"/verificar/{path.paper('constancia').code}"
    shown = visitor.get(address).text
    for text in ("Constancia de implementación", NUMBER, "Vigente", "no dice si la entidad"):
        assert text in shown
    for content in (issued, signed):
        assert hashlib.sha256(content).hexdigest() in shown
    for content, words in (
        (signed, "al archivo firmado que se registró"),
        (issued, "al archivo que se emitió, sin firmas"),
        (altered.flipped(signed), "no es idéntico al emitido"),
    ):
        data = {"file": (io.BytesIO(content), "constancia.pdf")}
        assert words in visitor.post(address, data=data).text


def the_dossier_has_all_of_it(path: SignedPath, signed: bytes) -> None:
    address = f"/entidades/{CODE}/procesos/{path.id}/expediente.zip"
    with path.browser("sip").get(address) as answer:
        dossier = zipfile.ZipFile(io.BytesIO(answer.data))
    assert signed in [dossier.read(name) for name in dossier.namelist()]
    rows = list(csv.DictReader(io.StringIO(dossier.read("indice.csv").decode("utf-8-sig"))))
    found = [row["Hallazgos"] for row in rows]
    assert sum(one.startswith("VÁLIDO: Firma de") for one in found) == 6
    assert sum(one.startswith("Firma manuscrita") for one in found) == 1
