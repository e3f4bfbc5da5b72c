"""Judge an uploaded paper of a case: match it with what was issued, and find who must sign it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, formatting
from app.base.models import Entity, FileUse, IssuedPaper
from app.cases import records
from app.cases.case import Case
from app.cases.papers import KINDS, issued
from app.cases.papers.issued import standing
from app.cases.papers.preflight import findings, originals
from app.cases.papers.preflight.facts import Facts
from app.cases.papers.preflight.findings import Expected, Issued, Matched
from app.people.access import grants
from forms.papers import MADE, OFFICIAL

CHUNK = 1 << 16
#: Issued papers of an entity, the newest, of which an upload may be a signed copy.
COMPARED = 300
#: Role that signs → how a sentence calls the person.
WHOSE = {
    "authority": "la máxima autoridad que figura en el expediente",
    "administrator": "el administrador designado ni el alterno",
    "secretary": "alguien del Despacho",
}


@dataclass(frozen=True)
class Judged:
    """Findings as they are stored, and the code of the paper that the file is a copy of."""

    findings: list[dict[str, Any]]
    issued_code: str | None


@dataclass(frozen=True)
class Context:
    """What a step knows of an upload.

    `same_as`: the title of another paper for which the same file was uploaded. `answer`: records of
    the draft, which overlay those of the case. `must_be_new`: a correction changes this paper.
    `is_own`: the entity says that it wrote the letter in its own system.
    """

    same_as: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict)
    must_be_new: bool = False
    is_own: bool = False


USUAL = Context()


def judge(case: Case, paper: str, stream: IO[bytes], facts: Facts, context: Context) -> Judged:
    """Judge an upload that a field takes as a paper, and rewind its stream."""
    expected = _expected(case, paper, context)
    papers = _comparable(case.session, case.entity.id, facts) if expected.is_made else []
    matched = match(stream, facts, papers)
    matched = replace(matched, texts=_texts(matched, papers))
    found = [one.plain() for one in findings.judge(facts, expected, matched)]
    return Judged(found, matched.code_of(expected.title))


def _texts(matched: Matched, papers: Sequence[Comparable]) -> Mapping[str, Sequence[str]]:
    """Return the texts of the paper that a file is, as it was issued; none if they are unknown."""
    if len(matched.papers) != 1:
        return {}
    (paper,) = matched.papers
    sha256 = next(one.sha256 for one in papers if one.paper.code == paper.code)
    return {paper.code: originals.texts_of(sha256) or ()}


def _expected(case: Case, paper: str, context: Context) -> Expected:
    here = case.entity.id, case.instance.id
    if paper not in MADE:
        title = OFFICIAL[paper].title if paper in OFFICIAL else ""
        return Expected(title, *here, is_made=False, same_as=context.same_as)
    in_force = issued.in_force(case.session, case.instance.id, paper)
    signed_by = KINDS[paper].signed_by
    return Expected(
        OFFICIAL[paper].title,
        *here,
        paper=known(in_force) if in_force else None,
        signers=_signers(case, signed_by, context.answer),
        whose=WHOSE[signed_by],
        ruc=_ruc_of_pcm(case.session) if signed_by == "secretary" else case.entity.ruc or "",
        is_own=context.is_own,
        same_as=context.same_as,
        must_be_new=context.must_be_new,
    )


def _signers(case: Case, role: str, answer: Mapping[str, Any]) -> frozenset[str]:
    """Return the numbers of the documents of those who sign for a role."""
    if role == "secretary":
        people = grants.holders(case.session, role)
        return frozenset(user.document_number for user in people)
    if role == "authority":
        persons = [answer.get("authority") or records.read(case, "authority")]
    else:
        designated = answer.get("administrator") or records.read(case, "administrator") or {}
        persons = [designated.get("holder"), designated.get("alternate")]
    numbers = (one.get("document_number") for one in persons if one)
    return frozenset(number for number in numbers if number)


def _ruc_of_pcm(session: Session) -> str:
    own = select(Entity.ruc).where(Entity.code == current_app.config["OWN_ENTITY"])
    return session.scalar(own) or ""


@dataclass(frozen=True)
class Comparable:
    """An issued paper with the size and the SHA-256 of its file."""

    paper: Issued
    size: int
    sha256: str


def _comparable(session: Session, entity_id: int, facts: Facts) -> list[Comparable]:
    """Return the newest papers of an entity, and those whose codes stand in a file."""
    papers = issued.WITH_COPIES.options(
        joinedload(IssuedPaper.entity), joinedload(IssuedPaper.file)
    )
    own = papers.where(IssuedPaper.entity_id == entity_id).order_by(IssuedPaper.issued_at.desc())
    codes = codes_in(facts)[:COMPARED]
    named = papers.where(IssuedPaper.code.in_(codes))
    rows = [*session.execute(own.limit(COMPARED)), *(session.execute(named) if codes else ())]
    found = {row.code: row for row, _ in rows}
    return [Comparable(known(row), row.size, row.sha256) for row in found.values()]


def codes_in(facts: Facts) -> list[str]:
    """Return the codes that were read on the pages of a file, in the order of the pages."""
    return list(dict.fromkeys(code["code"] for page in facts["looked"] for code in page["codes"]))


def match(stream: IO[bytes], facts: Facts, papers: Sequence[Comparable]) -> Matched:
    """Match a file with issued papers: by its bytes, by its first bytes, by its codes."""
    hashes = _hashes(stream, {one.size for one in papers})
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    exact = next((one for one in papers if hashes.get(one.size) == one.sha256), None)
    is_same = exact is not None and exact.size == size
    by_code = {one.paper.code: one.paper for one in papers}
    return Matched(
        same=exact.paper if exact and is_same else None,
        begins_with=exact.paper if exact and not is_same else None,
        by_code={code: by_code.get(code) for code in codes_in(facts)},
    )


def _hashes(stream: IO[bytes], sizes: Iterable[int]) -> Mapping[int, str]:
    """Return the SHA-256 of the first bytes of a stream, by their number, as far as it goes."""
    stream.seek(0)
    digest, read, found = hashlib.sha256(), 0, {}
    for size in sorted(sizes):
        while read < size and (chunk := stream.read(min(CHUNK, size - read))):
            digest.update(chunk)
            read += len(chunk)
        if read < size:
            break
        found[size] = digest.hexdigest()
    return found


def known(row: IssuedPaper) -> Issued:
    """Return an issued paper as findings need it."""
    official = OFFICIAL.get(row.kind)
    return Issued(
        code=row.code,
        kind=row.kind,
        title=official.title if official else row.kind,
        entity=row.entity.name,
        entity_id=row.entity_id,
        instance_id=row.instance_id,
        document=row.document,
        pages=(row.file.file.pages or 0) if row.file else 0,
        issued_on=formatting.day(calendar.lima_day(row.issued_at)),
        is_replaced=row.replaced_by is not None,
        is_void=row.void_at is not None,
        is_presented=standing.is_taken_as_signed(row),
    )


def stored(use: FileUse) -> list[dict[str, Any]]:
    """Return the findings that were stored with an upload; none if it was not looked at."""
    return list(use.findings or ())
