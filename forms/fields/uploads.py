"""Examine the uploads of a form's page before its fields take them.

Fields examine an upload themselves if nothing else did. A page that writes examines first, because
reading a foreign file takes time and a transaction must not wait for it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Container, Iterable, Sequence
from typing import IO, Any

from werkzeug.datastructures import FileStorage, MultiDict

from forms.drafts import walk
from forms.fields import documents, photographs
from forms.fields.documents import Verdict
from forms.fields.foreign.bounds import Picture
from forms.fields.sheets import Sheet, Unreadable

#: Greatest number of files that one page of a form may upload; a photographed document is one.
MOST = 40
ONE_PDF = "Sube un solo PDF: junta en él todas las páginas."
NOT_BOTH = (
    "{} es un PDF, y elegiste también fotografías. Sube un solo PDF, o solo fotografías: no las "
    "dos cosas a la vez."
)
NEITHER = (
    "{} no es un PDF ni una fotografía JPEG, PNG o HEIC. Escanea o guarda el documento como PDF, o "
    "fotografíalo."
)
#: Characters of a file's name in a sentence.
NAMED = 60


class TooMany(Exception):
    """A page uploaded more files than any form accepts."""


class Examined(FileStorage):
    """An upload with the result of examining it: `verdict` of a document, `rows` of a table.

    The rows are people of a roster, or the lines of another table.
    """

    verdict: Verdict | None = None
    rows: Sheet | str | Unreadable | None = None
    #: The field whose staged pages it was made of; "" for a file of this request.
    staged: str = ""


#: Reads the rows of a table from the name and the stream of its file. Raises `Unreadable`.
Reader = Callable[[str, IO[bytes]], Sheet | str]


def examined(
    fields: Iterable[Any],
    uploads: MultiDict[str, Any],
    wanted: Container[str],
    read: documents.Reader = documents.read_apart,
) -> MultiDict[str, Any]:
    """Return the uploads of the wanted fields, each examined; `read` reads PDFs. Raises TooMany.

    A field of the form that reads no table takes a document: one PDF, or photographs of its pages,
    which become one. Fields that are not of the form (`fields` may be empty) take PDFs.
    """
    tops = {field.short_name for field in fields}
    readers: dict[str, Reader] = {
        f"{field.name}-file": field.read_upload
        for field in walk(fields)
        if hasattr(field, "read_upload")
    }
    found: MultiDict[str, Any] = MultiDict()
    for name, sent in uploads.lists():
        chosen = [storage for storage in sent if storage.filename]
        top = name.partition("-")[0]
        if top not in wanted or not chosen:
            continue
        if name in readers or top not in tops:
            made = [_examined(storage, readers.get(name), read) for storage in chosen[: MOST + 1]]
        else:
            made = [_document(chosen, read)]
        if len(found) + len(made) > MOST:
            raise TooMany
        for one in made:
            found.add(name, one)
    return found


def made_of(pages: Sequence[Picture], read: documents.Reader = documents.read_apart) -> Examined:
    """Return the upload of a PDF that was made of photographs, examined by `read`."""
    upload = Examined(io.BytesIO(photographs.pdf_of(pages)), "fotografias.pdf")
    upload.verdict = documents.examine(upload.stream, read)
    return upload


def refused(fault: str) -> Examined:
    """Return the upload of photographed pages that cannot become a document."""
    upload = Examined(filename="fotografias.pdf")
    upload.verdict = Verdict(fault)
    return upload


def _document(sent: Sequence[FileStorage], read: documents.Reader) -> Examined:
    """Return the upload of one document: the PDF, or one made of the photographs."""
    heads = [storage.stream.read(1024) for storage in sent]
    for storage in sent:
        storage.stream.seek(0)
    are_pdf = [b"%PDF-" in head for head in heads]
    if len(sent) == 1 and (are_pdf[0] or not heads[0]):
        return _examined(sent[0], None, read)
    names = _called(sent)
    for name, head, is_pdf in zip(names, heads, are_pdf, strict=True):
        if head and not is_pdf and not photographs.is_photograph(head):
            return _refused(sent[0], NEITHER.format(name if len(sent) > 1 else "El archivo"))
    if any(are_pdf):
        both = NOT_BOTH.format(names[are_pdf.index(True)])
        return _refused(sent[0], ONE_PDF if all(are_pdf) else both)
    if len(sent) > photographs.MOST:
        return _refused(sent[0], photographs.TOO_MANY)
    places = photographs.in_order(storage.filename or "" for storage in sent)
    try:
        contents = [sent[place].stream.read() for place in places]
        return made_of(photographs.pages_of(contents, [names[place] for place in places]), read)
    except photographs.Unfit as unfit:
        return _refused(sent[0], str(unfit))


def _called(sent: Sequence[FileStorage]) -> list[str]:
    """Return what a sentence calls each file: its name on its sender's computer, in quotes.

    Files of the same name also have their place among those that were chosen, from 1.
    """
    names = [(storage.filename or "").strip()[-NAMED:] for storage in sent]
    return [
        f"«{name}»" if names.count(name) == 1 else f"{place} («{name}»)"
        for place, name in enumerate(names, 1)
    ]


def _refused(storage: FileStorage, fault: str) -> Examined:
    upload = Examined(storage.stream, storage.filename, storage.name, headers=storage.headers)
    upload.verdict = Verdict(fault)
    return upload


def _examined(
    storage: FileStorage, read_table: Reader | None, read_document: documents.Reader
) -> Examined:
    upload = Examined(storage.stream, storage.filename, storage.name, headers=storage.headers)
    if read_table:
        try:
            upload.rows = read_table(storage.filename or "", storage.stream)
        except Unreadable as fault:
            upload.rows = fault
        storage.stream.seek(0)
    else:
        upload.verdict = documents.examine(storage.stream, read_document)
    return upload
