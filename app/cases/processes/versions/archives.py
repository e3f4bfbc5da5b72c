"""Versions as files: they come in by a page, bounded and checked, and go out byte for byte.

What comes in is foreign: a ZIP is unpacked in a process with limits (ADR 0034), and the diagrams
are checked in another one. Call `read_files` outside of a transaction.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO

from app.base.files.packing import AT
from app.base.models import Deployment
from app.cases.processes.versions.contract import contract, record_faults
from app.cases.processes.versions.storing import Checked
from forms.fields import isolated
from forms.fields.foreign.bounds import MEGABYTE, BundleLimits, Damaged, TooLarge
from workflows.contract import Fault, Findings, InvalidDiagram

CHECKER = Path(__file__).parent / "foreign" / "checker.py"
#: The files of a version: the project has 22, of half a megabyte in all.
LIMITS = BundleLimits(files=60, unpacked=8 * MEGABYTE, file=2 * MEGABYTE)
#: Of the process that unpacks, and of the one that checks, which takes half a second.
UNPACKING = isolated.Bounds(memory=256 * MEGABYTE, output=16 * MEGABYTE, seconds=5)
CHECKING = isolated.Bounds(memory=512 * MEGABYTE, output=MEGABYTE, seconds=10)
#: Characters of a file's name.
LONGEST = 100
TYPES = (".bpmn", ".dmn")

NO_FILES = "Elige los archivos de la versión: los .bpmn y .dmn, o un solo .zip con ellos."
NO_ZIP = "El .zip no se puede abrir."
TOO_MUCH = (
    f"Es demasiado: una versión tiene a lo más {LIMITS.files} archivos de "
    f"{LIMITS.file // MEGABYTE} MB, y {LIMITS.unpacked // MEGABYTE} MB en total."
)
TOO_HARD = "Los diagramas son demasiado complicados para revisarlos."
#: Why a member of a ZIP has no bytes → its sentence.
FAULTS: Mapping[str, str] = {
    "outside": "«{name}» lleva una carpeta en su nombre: los archivos van sin carpetas.",
    "encrypted": "«{name}» está cifrado: quita la contraseña del .zip.",
    "too_large": TOO_MUCH,
    "damaged": "«{name}» está dañado dentro del .zip.",
    "name": "«{name}» no es un nombre de archivo que se pueda usar.",
    "type": "«{name}» no es un diagrama (.bpmn) ni una tabla (.dmn).",
    "twice": "Hay dos archivos con el nombre «{name}».",
    "encoding": "«{name}» no está en UTF-8.",
}

#: The name of a file as it came, and its content.
File = tuple[str, IO[bytes]]


class BadFiles(Exception):
    """The files cannot be those of a version; the message (Spanish) says why."""


def read_files(files: Sequence[File]) -> Checked:
    """Read and check the files of a version: several ones, or one .zip with them.

    Raise BadFiles, and InvalidDiagram for what `zaguan check` would refuse.
    """
    return checked_apart(read_texts(files))


def read_texts(files: Sequence[File]) -> dict[str, str]:
    """Return file name → text, with every byte of each file. Raise BadFiles."""
    if not files:
        raise BadFiles(NO_FILES)
    is_zip = len(files) == 1 and files[0][0].lower().endswith(".zip")
    members = _unpacked(files[0][1]) if is_zip else _read(files)
    texts: dict[str, str] = {}
    seen: set[str] = set()
    for name, content in members:
        _must_be_a_name(name)
        if name.casefold() in seen:  # some systems keep one of both
            raise _fault("twice", name)
        seen.add(name.casefold())
        try:
            texts[name] = content.decode("utf-8")
        except UnicodeDecodeError:
            raise _fault("encoding", name) from None
    if not texts:
        raise BadFiles(NO_FILES)
    return texts


def checked_apart(texts: Mapping[str, str]) -> Checked:
    """Check texts in a process with limits. Raise BadFiles and InvalidDiagram."""
    given = {"texts": dict(texts), "contract": asdict(contract())}
    content = json.dumps(given, default=sorted).encode()  # sets become lists
    try:
        answer = json.loads(isolated.answer(CHECKER, content, CHECKING))
    except (Damaged, TooLarge):
        raise BadFiles(TOO_HARD) from None
    faults, remarks = (tuple(Fault(*one) for one in answer[name]) for name in ("faults", "remarks"))
    found = Findings((*faults, *record_faults()), remarks)
    if found.faults:
        raise InvalidDiagram(found.faults)
    return Checked(dict(texts), found.remarks)


def write_archive(deployment: Deployment) -> bytes:
    """Return the files of a version, byte for byte, as a ZIP with fixed dates."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in sorted(deployment.texts.items()):
            archive.writestr(zipfile.ZipInfo(name, AT), text.encode(), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _unpacked(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a ZIP, without folders. Raise BadFiles."""
    try:
        for member in isolated.bundle(stream, LIMITS, UNPACKING):
            if member.fault:
                raise _fault(member.fault, member.name)
            yield member.name, member.content
    except Damaged:
        raise BadFiles(NO_ZIP) from None
    except TooLarge:
        raise BadFiles(TOO_MUCH) from None


def _read(files: Sequence[File]) -> Iterator[tuple[str, bytes]]:
    """Yield the uploaded files, each read up to its limit. Raise BadFiles."""
    left = LIMITS.unpacked
    for number, (name, stream) in enumerate(files):
        content = stream.read(min(left, LIMITS.file) + 1)
        left -= len(content)
        if number >= LIMITS.files or len(content) > LIMITS.file or left < 0:
            raise BadFiles(TOO_MUCH)
        yield name, content


def _must_be_a_name(name: str) -> None:
    """Raise BadFiles unless it is the plain name of a diagram or table."""
    if "/" in name or "\\" in name:
        raise _fault("outside", name)
    if not name.isprintable() or ":" in name or name[:1] in (".", "-") or len(name) > LONGEST:
        raise _fault("name", name)
    if not name.endswith(TYPES):
        raise _fault("type", name)


def _fault(code: str, name: str) -> BadFiles:
    shown = "".join(one if one.isprintable() else "\ufffd" for one in name[:LONGEST])
    return BadFiles(FAULTS[code].format(name=shown))
