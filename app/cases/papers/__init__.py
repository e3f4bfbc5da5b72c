"""Papers that the application makes: A4, PDF/A-3a and PDF/UA, in Spanish, ready to be signed.

A paper is a Typst template (`layouts/<kind>.typ`) and a sheet: the values of the records as plain
strings (`papers.sheets`). The template gets the sheet as JSON and sets it as text, so nothing that
a user typed is read as markup.

Document numbers are complete in papers that the entity itself signs; the constancia and the letters
of the PCM have none, and neither does any file name.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import pikepdf

from app.base import calendar, files
from app.base.models import FileUse
from app.cases import records
from app.cases.case import Case
from app.cases.papers import issued, sheets, typesetting
from app.cases.papers.issued import marks, years
from app.cases.papers.issued.marks import Marks

MEDIA_TYPE = "application/pdf"


@dataclass(frozen=True)
class Paper:
    """A kind of paper: its Spanish title, the records that it needs, and the role that signs."""

    kind: str
    title: str
    needs: tuple[str, ...]
    file_name: str
    signed_by: str

    def file_of(self, code: str) -> str:
        """Return the name of the file for an entity's code: `sip-rvl-001-E00275.pdf`."""
        stem, _, ending = self.file_name.rpartition(".")
        return f"{stem}-{code}.{ending}" if code else self.file_name


KINDS: Mapping[str, Paper] = {
    paper.kind: paper
    for paper in (
        Paper(
            "oficio_designacion",
            "Oficio de designación",
            ("entity", "authority", "administrator"),
            "oficio-de-designacion.pdf",
            "authority",
        ),
        Paper(
            "sip_rvl_001",
            "Formato SIP-RVL-001",
            ("entity", "authority", "administrator"),
            "sip-rvl-001.pdf",
            "authority",
        ),
        Paper(
            "sip_rvl_002",
            "Formato SIP-RVL-002",
            ("entity", "administrator", "roster"),
            "sip-rvl-002.pdf",
            "administrator",
        ),
        Paper(
            "carta_presentacion",
            "Carta de presentación",
            ("entity", "authority", "administrator", "roster"),
            "carta-de-presentacion.pdf",
            "authority",
        ),
        Paper(
            "oficio_reiteracion",
            "Oficio de reiteración",
            ("entity", "authority", "letter"),
            "oficio-de-reiteracion.pdf",
            "secretary",
        ),
        Paper(
            "demo_report",
            "Informe de la prueba en el ambiente demo",
            ("entity", "administrator", "demo_evidence", "demo_judged", "demo_visits"),
            "informe-de-la-prueba.pdf",
            "administrator",
        ),
        Paper(
            "comunicacion_control",
            "Comunicación al órgano de control",
            ("entity", "control_notice"),
            "comunicacion-al-organo-de-control.pdf",
            "secretary",
        ),
        Paper(
            "constancia",
            "Constancia de implementación",
            ("entity", "administrator", "production", "decision_makers"),
            "constancia-de-implementacion.pdf",
            "secretary",
        ),
    )
}


def render(kind: str, values: Mapping[str, Any], made_on: date, code: str = "") -> bytes:
    """Return the PDF of a paper, from plain values by record name (`Paper.needs`) and `purpose`.

    Missing values are left blank, so that a half-filled draft can be shown too. `made_on` is the
    day in Lima in the footer of each page; `code` verifies an issued paper, and a draft has none.
    The same values give the same bytes.
    Raise KeyError for an unknown kind, and what `typesetting.typeset` raises.
    """
    paper = KINDS[kind]
    sheet = sheets.sheet(kind, values, made_on) | {"signed_by": paper.signed_by}
    if code:
        sheet["verification"] = asdict(issued.verification(code, sheets.most_pages(values)))
    return typesetting.typeset(kind, {"title": paper.title, **sheet}, made_on)


def values_for(
    case: Case,
    kind: str,
    answer: Mapping[str, Any] | None = None,
    shown: Marks | None = None,
) -> dict[str, Any]:
    """Return what `render` needs for a case: its records, overlaid by an answer not yet written.

    `shown`: its number and date; by default those of the version in force that nobody signed yet.

    An answer's `entity` holds only what the entity declares, so it overlays the catalogue's row;
    any other name replaces the record as a whole.
    """
    given = {name: value for name, value in (answer or {}).items() if value is not None}
    values: dict[str, Any] = {"purpose": case.instance.process}
    for name in KINDS[kind].needs:
        if name == "entity":
            values[name] = {**records.read(case, name), **given.get(name, {})}
        else:
            values[name] = given[name] if name in given else records.read(case, name)
    shown = marks.of_current(case, kind) if shown is None else shown
    return {**values, **asdict(shown), "year_name": years.name_of(case.session, shown.dated_on)}


def issue(
    case: Case,
    kind: str,
    answer: Mapping[str, Any] | None = None,
    shown: Marks | None = None,
) -> FileUse:
    """Make a paper of a case with its code, store it and log `paper.issued`; the newest counts.

    `answer`, `shown`: as in `values_for`; by default a constancia takes its number.
    """
    paper, code = KINDS[kind], issued.new_code()
    shown = marks.of_next(case, kind) if shown is None else shown
    content = render(kind, values_for(case, kind, answer, shown), calendar.today(), code)
    use = files.keep(
        case.session,
        io.BytesIO(content),
        name=paper.file_of(case.entity.code),
        media_type=MEDIA_TYPE,
        owner=files.Owner(
            entity_id=case.entity.id,
            instance_id=case.instance.id,
            task_id=case.task.id if case.task else None,
            by_id=case.actor_id,
        ),
        kind=kind,
        title=paper.title,
        pages=page_count(content),
    )
    issued.enter(case, code, use, shown.number, shown.dated_on)
    case.log("paper.issued", paper=kind, file=use.id, sha256=use.sha256)
    return use


def renew(case: Case, kind: str, answer: Mapping[str, Any] | None, shown: Marks) -> FileUse | None:
    """Issue a paper with another number or date, or with other values of a draft.

    Return None, with nothing done, if that is the paper in force.
    """
    has_them = marks.of_current(case, kind) == shown
    if has_them and of_version(case, kind, values_for(case, kind, answer, shown)):
        return None
    return issue(case, kind, answer, shown)


def presented_version(case: Case, kind: str, answer: Mapping[str, Any] | None) -> str | None:
    """Return the id of the issued file of the version that was presented, if its values are still
    those of a draft; None otherwise."""
    paper = issued.current(case, kind)
    if paper is None or paper.signed_id is None:
        return None
    values = values_for(case, kind, answer, Marks.of(paper))
    content = render(kind, values, calendar.lima_day(paper.issued_at), paper.code)
    return paper.file_id if hashlib.sha256(content).hexdigest() == paper.sha256 else None


def of_version(case: Case, kind: str, values: Mapping[str, Any]) -> bytes | None:
    """Return the content of the version in force, if these values give it and nobody signed it."""
    current = issued.current(case, kind)
    if current is None or current.signed_id is not None:
        return None
    content = render(kind, values, calendar.lima_day(current.issued_at), current.code)
    return content if hashlib.sha256(content).hexdigest() == current.sha256 else None


def page_count(content: bytes) -> int:
    """Return the number of pages of a PDF."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return len(pdf.pages)
