"""Which paper each signed file is: by the bytes that were issued, since a signature adds to them.

`arrive` opens the ZIP and reads its files before any transaction. `recognise` only compares.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import files, formatting
from app.base.models import IssuedPaper
from app.cases.papers.preflight import originals
from app.cases.papers.preflight.facts import Facts, Signature
from app.cases.papers.preflight.findings import REASONS, is_scan
from app.onboarding.review.signing.originals import INDEX
from app.onboarding.review.signing.waiting import MOST, Waiting
from forms.fields import documents, isolated
from forms.fields.foreign.bounds import MEGABYTE, BundleLimits
from forms.papers import OFFICIAL

LIMITS = BundleLimits(files=MOST + 1, unpacked=200 * MEGABYTE, file=documents.LIMIT)
BOUNDS = isolated.Bounds(output=204 * MEGABYTE, seconds=20)
#: Why a file of a ZIP was not read, by the fault of its reader.
FAULTS = {
    "outside": "Su nombre lleva fuera de la carpeta del ZIP: no se abrió.",
    "encrypted": "Está protegido con contraseña. Quítasela y súbelo otra vez.",
    "too_large": "Pesa más de 10 MB.",
    "damaged": "Está dañado dentro del ZIP. Vuelve a comprimirlo.",
    "no_pdf": "No es un PDF.",
    "unread": "No se pudo revisar ahora. Súbelo otra vez en unos minutos.",
}
BY_HAND = "Si se firmó a mano, sube el escaneo en su paso."
UNSIGNED = "Es el documento sin firmar. Sube el que firmaste."
ORIGINAL = "Es el original sin firmar."
TWO = "El ZIP trae dos archivos distintos de este."
REPEATED = "Está repetido en el ZIP: se toma una vez."


@dataclass(frozen=True)
class Arrived:
    """A file of the ZIP: where it was unpacked, what was read in it, or why it was not read."""

    name: str
    path: Path
    sha256: str = ""
    size: int = 0
    fault: str = ""
    facts: Facts | None = None


@dataclass(frozen=True)
class Recognised:
    """A file with its paper; `text` says why it is not taken, and is "" if it can be taken.

    `is_spare`: nothing is wrong with it; the ZIP has a signed copy of the paper besides.
    """

    arrived: Arrived
    waiting: Waiting | None = None
    text: str = ""
    is_spare: bool = False

    @property
    def is_original(self) -> bool:
        """Whether it is a paper that waits, without a byte more."""
        return self.waiting is not None and self.waiting.paper.size == self.arrived.size


def arrive(stream: IO[bytes], folder: Path) -> list[Arrived]:
    """Unpack a ZIP into a folder and read its files, outside of a transaction.

    Raise Damaged for a file that is no ZIP, and TooLarge.
    """
    found = []
    for number, member in enumerate(isolated.bundle(stream, LIMITS, BOUNDS)):
        name = files.safe_name(member.name)
        if name == INDEX:
            continue
        path = folder / f"{number}.pdf"
        path.write_bytes(member.content)
        fault = member.fault or ("" if member.content.startswith(b"%PDF-") else "no_pdf")
        if fault:
            found.append(Arrived(name, path, fault=FAULTS[fault]))
            continue
        facts = originals.read(path, member.content)
        sha256 = hashlib.sha256(member.content).hexdigest()
        found.append(Arrived(name, path, sha256, len(member.content), _fault(facts), facts))
    return found


def _fault(facts: Facts) -> str:
    """Return why a PDF cannot be taken, before anything is known of its paper."""
    if facts["fault"]:
        return documents.FAULTS[facts["fault"]]
    return FAULTS["unread"] if facts["cut_short"] and not facts["pages"] else ""


def recognise(
    session: Session, arrived: Sequence[Arrived], waiting: Sequence[Waiting]
) -> list[Recognised]:
    """Return each file with the paper that it is, in their order."""
    found = [_one(session, one, waiting) for one in arrived]
    hashes: dict[int, set[str]] = defaultdict(set)
    for one in found:
        if one.waiting is not None and not one.text:
            hashes[one.waiting.task.id].add(one.arrived.sha256)
    return list(_each_once(found, hashes))


def _each_once(found: Sequence[Recognised], hashes: Mapping[int, set[str]]) -> Iterator[Recognised]:
    """Yield the files; of two for the same paper, the same bytes count once, others not at all.

    `hashes`: those of the signed copies that can be taken, by task. Where there is one, the
    original is not needed.
    """
    seen: set[int] = set()
    for one in found:
        task_id = one.waiting.task.id if one.waiting else 0
        if one.is_original and hashes.get(task_id):
            yield Recognised(one.arrived, one.waiting, ORIGINAL, is_spare=True)
        elif one.waiting is None or one.text:
            yield one
        elif len(hashes[task_id]) > 1:
            yield Recognised(one.arrived, None, TWO)
        elif task_id in seen:
            yield Recognised(one.arrived, one.waiting, REPEATED, is_spare=True)
        else:
            seen.add(task_id)
            yield one


def _one(session: Session, one: Arrived, waiting: Sequence[Waiting]) -> Recognised:
    if one.fault or one.facts is None:
        return Recognised(one, None, one.fault)
    begins = hashes_of(one.path, {paper.paper.size for paper in waiting})
    paper = next((w for w in waiting if begins.get(w.paper.size) == w.paper.sha256), None)
    if paper is None:
        return Recognised(one, None, _other(session, one.facts, waiting))
    if paper.paper.size == one.size:
        return Recognised(one, paper, UNSIGNED)
    return Recognised(one, paper, _signature_fault(one.facts["signatures"]))


def hashes_of(path: Path, sizes: set[int]) -> Mapping[int, str]:
    """Return the SHA-256 of the first bytes of a file, by their number, as far as it goes."""
    digest, read, found = hashlib.sha256(), 0, {}
    with path.open("rb") as source:
        for size in sorted(sizes):
            piece = source.read(size - read)
            read += len(piece)
            if read < size:
                break
            digest.update(piece)
            found[size] = digest.hexdigest()
    return found


def _signature_fault(signatures: Sequence[Signature]) -> str:
    """Return why a file is not taken for its signatures; "" if it is."""
    if not signatures:
        return f"No trae ninguna firma digital. {BY_HAND}"
    for signature in signatures:
        if signature["word"] == "invalid":
            why = [REASONS[reason] for reason in signature["reasons"] if reason in REASONS]
            said = f": {formatting.listed(why)}" if why else ""
            name = signature["name"] or "una persona"
            return f"La firma de {name} no es válida{said}. Fírmalo otra vez."
    return ""


def _other(session: Session, facts: Facts, waiting: Sequence[Waiting]) -> str:
    """Return what a file is that does not begin with the bytes of a paper that waits."""
    codes = {code["code"] for page in facts["looked"] for code in page["codes"]}
    named = select(IssuedPaper).where(IssuedPaper.code.in_(codes))
    rows = session.scalars(named.options(joinedload(IssuedPaper.entity))).all()
    if not rows:
        unknown = "No es ningún documento que espere tu firma."
        return f"{unknown} {BY_HAND}" if is_scan(facts) else unknown
    if len(rows) > 1:
        return "Trae varios documentos: sube cada uno por separado."
    (row,) = rows
    if any(one.paper.code == row.code for one in waiting):
        if is_scan(facts):
            return f"Es un escaneo. {BY_HAND}"
        return (
            "Está guardado con otro programa: ya no es el archivo que se emitió. Firma el que "
            "descargaste, sin imprimirlo ni guardarlo otra vez."
        )
    return _not_waiting(row)


def _not_waiting(row: IssuedPaper) -> str:
    title = OFFICIAL[row.kind].title if row.kind in OFFICIAL else "documento"
    what = f"{title} de {row.entity.name}"
    if row.signed_id is not None:
        return f"{what}: su firma ya está registrada."
    if row.replaced_by or row.void_at:
        return f"{what}: no es la versión vigente. Descarga la que espera tu firma."
    return f"{what}: no espera tu firma."
