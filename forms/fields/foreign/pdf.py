"""Examine a PDF: its pages, and whether it holds anything that must be refused."""

from __future__ import annotations

import io
import json
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

#: The one attachment of a paper that was issued here: where its visible signatures go.
OWN_NAME, OWN_TYPE, OWN_BYTES = "firmas.json", "/application/json", 4096
OWN_KEYS = frozenset(["codigo", "tipo", "paginas", "firmas"])


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
            faults = filter(None, map(_fault_of, _dictionaries(whole)))
            yield from (fault for fault in faults if fault != "attachment" or not _is_own(found))


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


def _is_own(found: Any) -> bool:
    """Return whether an object is the attachment of our papers, or its description."""
    if isinstance(found, pikepdf.Stream):
        return _is_own_data(found)
    if not isinstance(found, pikepdf.Dictionary) or str(found.get("/Type", "")) != "/Filespec":
        return False
    names = {str(found.get(key, OWN_NAME)) for key in ("/F", "/UF")}
    described = str(found.get("/AFRelationship", "")) == "/Data" and "/UF" in found
    parts = found.get("/EF")
    return (
        described
        and names == {OWN_NAME}
        and isinstance(parts, pikepdf.Dictionary)
        and all(_is_own_data(parts[key]) for key in parts.keys())  # noqa: SIM118 - it is no mapping
    )


def _is_own_data(found: Any) -> bool:
    """Return whether a stream is the small JSON of our papers."""
    if not isinstance(found, pikepdf.Stream) or str(found.get("/Subtype", "")) != OWN_TYPE:
        return False
    if str(found.get("/Filter", "/FlateDecode")) != "/FlateDecode":
        return False
    if len(found.read_raw_bytes()) > OWN_BYTES:  # a compressed byte becomes at most a thousand
        return False
    content = found.read_bytes()
    try:
        said = json.loads(content) if len(content) <= OWN_BYTES else None
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.keys() == OWN_KEYS
