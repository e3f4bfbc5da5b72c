"""Issued papers: the codes that verify them, their versions, and their signed copies.

A paper that is issued again replaces its earlier version. Each page has the code as a QR that leads
to the public page of verification, with the number of the page behind it; the letters below say the
same address.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import zxingcpp
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import files
from app.base.db.membership import among
from app.base.models import FileUse, IssuedPaper
from app.base.urls import external_url
from app.cases.case import Case
from app.people.access.tickets import ALPHABET, typed_code

LENGTH = 16  # 80 bits
#: Papers of which a stage may have several, each signed before the next is issued.
LETTERS = frozenset({"oficio_reiteracion", "comunicacion_control"})
ACTIVATION_LETTER = "carta_activacion"
#: A QR in each page up to this one with the page's number; the code alone behind it.
NUMBERED_PAGES = 250
#: Papers, each with the file that was presented or registered as its signed copy, if there is one.
WITH_COPIES = select(IssuedPaper, FileUse).outerjoin(FileUse, FileUse.id == IssuedPaper.signed_id)


def new_code() -> str:
    """Return a new code: 16 letters, without separators."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def in_groups(code: str) -> str:
    """Return a code as people read and type it: `7K2M-9QXT-04BD-3F5H`."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def typed(text: str) -> str:
    """Return a typed code as it is stored; "" if it cannot be one."""
    code = typed_code(text) if len(text) <= 4 * LENGTH else ""
    return code if re.fullmatch(f"[{ALPHABET}]{{{LENGTH}}}", code) else ""


@dataclass(frozen=True)
class Verification:
    """What a paper shows of its code, as plain values for its template.

    `address`: as people type it; `codes`: an SVG for each page, and one for all pages behind them
    unless it has a single page.
    """

    code: str
    address: str
    codes: list[str]


def verification(code: str, pages: int) -> Verification:
    """Return what a paper of up to `pages` pages shows."""
    url = external_url("verification.show", code=code)
    texts = [f"{url}#{page}" for page in range(1, min(pages, NUMBERED_PAGES) + 1)]
    parts = urlsplit(external_url("verification.show", code=in_groups(code)))
    return Verification(
        code=code,
        address=f"{parts.netloc}{parts.path}",
        codes=[drawn(text) for text in (texts if pages == 1 else [*texts, url])],
    )


def drawn(text: str) -> str:
    """Return a QR as SVG, without its quiet zone: one path, with a line per run of dots."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    dots: Any = made.to_image(scale=1, add_quiet_zones=False)
    side, light = dots.shape[1], bytes(dots)
    path = "".join(
        f"M{dark.start()} {row}.5h{dark.end() - dark.start()}"
        for row in range(dots.shape[0])
        for dark in re.finditer(rb"\0+", light[row * side : (row + 1) * side])
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
    return f'{head}<path stroke="#000" d="{path}"/></svg>'


def find(session: Session, code: str) -> IssuedPaper | None:
    """Return the paper of a typed code."""
    known = typed(code)
    return session.get(IssuedPaper, known) if known else None


def enter(
    case: Case, code: str, use: FileUse, number: str = "", dated_on: date | None = None
) -> IssuedPaper:
    """Enter a paper that was just issued; it replaces its earlier version."""
    paper = IssuedPaper(
        code=code,
        kind=use.kind,
        document=document(case, use.kind),
        entity_id=case.entity.id,
        instance_id=case.instance.id,
        file_id=use.id,
        sha256=use.sha256,
        size=use.file.size,
        issued_at=use.created_at,
    )
    case.session.add(paper)
    earlier = select(IssuedPaper).where(
        IssuedPaper.instance_id == paper.instance_id,
        IssuedPaper.document == paper.document,
        IssuedPaper.code != code,
        IssuedPaper.replaced_by.is_(None),
        IssuedPaper.void_at.is_(None),
    )
    for one in case.session.scalars(earlier):
        one.add_act(paper.issued_at, replaced_by=code)
    if number or dated_on:
        paper.add_act(paper.issued_at, number=number or None, dated_on=dated_on)
    case.session.flush()
    return paper


@dataclass(frozen=True)
class LettersFile:
    """The PDF of letters with activation codes, which is not stored: its hash, its bytes, and the
    number and the date that its letters show."""

    sha256: str
    size: int
    number: str
    dated_on: date | None


def enter_letters(
    session: Session, codes: Mapping[int, str], file: LettersFile, at: datetime
) -> None:
    """Enter letters with activation codes: entity id → code of verification.

    Each replaces the earlier letter of its entity.
    """
    ids = sorted(codes)
    earlier = _letters_of(session, ids)
    made = [
        IssuedPaper(
            code=codes[entity_id],
            kind=ACTIVATION_LETTER,
            document=ACTIVATION_LETTER,
            entity_id=entity_id,
            sha256=file.sha256,
            size=file.size,
            issued_at=at,
        )
        for entity_id in ids
    ]
    session.add_all(made)
    session.flush()
    for paper in earlier:
        paper.add_act(at, replaced_by=codes[paper.entity_id])
    for paper in made if file.number or file.dated_on else ():
        paper.add_act(at, number=file.number or None, dated_on=file.dated_on)
    session.flush()


def _letters_of(session: Session, entity_ids: Sequence[int]) -> Sequence[IssuedPaper]:
    """Return the letters of some entities that no later one replaced."""
    return session.scalars(
        select(IssuedPaper).where(
            among(IssuedPaper.entity_id, entity_ids),
            IssuedPaper.kind == ACTIVATION_LETTER,
            IssuedPaper.replaced_by.is_(None),
        )
    ).all()


def document(case: Case, kind: str) -> str:
    """Return which document of the case is issued: a paper of a stage, or a letter by its turn."""
    if kind == "constancia":  # one per case; a stage has ended when it is issued again
        return kind
    if kind not in LETTERS:
        return f"{kind}/{case.stage}"
    signed = select(func.count()).where(
        IssuedPaper.instance_id == case.instance.id,
        IssuedPaper.kind == kind,
        IssuedPaper.signed_id.is_not(None),
    )
    return f"{kind}/{(case.session.scalar(signed) or 0) + 1}"


def in_force(session: Session, instance_id: int, kind: str) -> IssuedPaper | None:
    """Return the newest paper of a kind in a case that is neither replaced nor void."""
    return session.scalars(
        select(IssuedPaper)
        .where(
            IssuedPaper.instance_id == instance_id,
            IssuedPaper.kind == kind,
            IssuedPaper.replaced_by.is_(None),
            IssuedPaper.void_at.is_(None),
        )
        .order_by(IssuedPaper.issued_at.desc(), IssuedPaper.code)
        .limit(1)
    ).first()


def current(case: Case, kind: str) -> IssuedPaper | None:
    """Return the version in force of the document that a case would issue now."""
    paper = in_force(case.session, case.instance.id, kind)
    return paper if paper and paper.document == document(case, kind) else None


def note_signed(
    case: Case, signed: Mapping[str, str], marks: Mapping[str, tuple[str, date | None]]
) -> None:
    """Enter the signed copies that a step brings: kind → id of the file.

    `marks`: kind → the number and the date that the signature gives it.
    """
    for kind, file_id in signed.items():
        paper = _version_of(case, kind, file_id)
        if paper is None:  # all versions are void
            continue
        facts: dict[str, Any] = {"signed_id": file_id}
        if kind in marks and not paper.number:  # what is printed stays
            number, dated_on = marks[kind]
            facts |= {"number": number, "has_blanks": True}
            facts["dated_on"] = paper.dated_on or dated_on
        paper.add_act(case.at, **facts)


def _version_of(case: Case, kind: str, file_id: str) -> IssuedPaper | None:
    """Return the version that a file is a signed copy of; the one in force if it does not say."""
    use = case.session.get(FileUse, file_id)
    code = use.issued_code if use else None
    known = case.session.get(IssuedPaper, code) if code else None
    is_of_case = known and (known.instance_id, known.kind) == (case.instance.id, kind)
    if known and is_of_case and known.void_at is None:
        return known
    return in_force(case.session, case.instance.id, kind)


def note_reasons(case: Case, as_they_are: Mapping[str, str]) -> None:
    """Enter why files are presented although findings stopped them: id of the file → reason."""
    for file_id, reason in as_they_are.items():
        use = case.session.get_one(FileUse, file_id)
        use.as_is = reason
        case.log("file.as_is", name=files.title_of(use), file=use.id, reason=reason)
