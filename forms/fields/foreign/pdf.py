"""Examine a PDF: its pages, and whether it holds anything that must be refused."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pikepdf

from forms.fields.foreign.bounds import PdfContents

#: Every refused object contains one of these names, or a name written as a reference to another
#: object. Most objects have neither.
SUSPECT = re.compile(
    rb"/(?:JavaScript|Launch|ImportData|SubmitForm|RichMediaExecute|Rendition|GoToE|EF"
    rb"|EmbeddedFile|FileAttachment|XFA|OnInstantiate)(?![^\s/<>\[\](){}%])"
    rb"|/(?:S|Type|Subtype)\s+\d+\s+\d+\s+R\b"
)
#: Actions that run or fetch something, by the name in `/S`.
RUNS = frozenset(
    ["/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/RichMediaExecute", "/GoToE"]
)


def examine(content: bytes) -> PdfContents:
    """Return `pages`, and `fault`: "" or the reason for refusal (a key of `documents.FAULTS`)."""
    if not content.startswith(b"%PDF-"):
        return _contents("not_first" if b"%PDF-" in content[:1024] else "no_pdf")
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if pdf.is_encrypted:
                return _contents("encrypted")
            fault = next(_faults(pdf), "") or ("archive" if _is_archive(content) else "")
            return _contents(fault, len(pdf.pages))
    except pikepdf.PasswordError:
        return _contents("encrypted")
    except (pikepdf.PdfError, ValueError, RecursionError, KeyError, TypeError):
        return _contents("damaged")


def _contents(fault: str, pages: int = 0) -> PdfContents:
    return {"fault": fault or ("" if pages else "no_pages"), "pages": pages}


def _is_archive(content: bytes) -> bool:
    """Return whether an unpacking program would find an archive in the same bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return bool(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        return False


def _faults(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Yield the codes of what is found in any object of the file, referenced or not.

    The trailer is not an object, and may hold the catalogue itself.
    """
    for found in (pdf.trailer, *pdf.objects):
        if isinstance(found, pikepdf.Stream):
            whole: Any = found.stream_dict
        elif isinstance(found, pikepdf.Dictionary | pikepdf.Array):
            whole = found
        else:
            continue
        if SUSPECT.search(whole.unparse(resolved=True)):
            yield from filter(None, map(_fault_of, _dictionaries(whole)))


def _dictionaries(whole: Any) -> Iterator[Any]:
    """Yield the dictionaries in an object, except those that it only references."""
    waiting = [whole]
    while waiting:
        one = waiting.pop()
        if isinstance(one, pikepdf.Dictionary):
            yield one
            parts = [one.get(key) for key in one.keys()]  # noqa: SIM118 - it is no mapping
        else:
            parts = list(one)
        waiting += [
            part
            for part in parts
            if isinstance(part, pikepdf.Dictionary | pikepdf.Array) and not part.is_indirect
        ]


def _fault_of(one: Any) -> str:
    action = str(one.get("/S", ""))
    if action in RUNS or "/JavaScript" in one or (action == "/Rendition" and "/JS" in one):
        return "script"
    if "/XFA" in one or "/OnInstantiate" in one:
        return "script"
    is_file = str(one.get("/Type", "")) == "/EmbeddedFile"
    if "/EF" in one or is_file or str(one.get("/Subtype", "")) == "/FileAttachment":
        return "attachment"
    return ""
