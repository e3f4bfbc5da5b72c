"""Examine the uploads of a form's page before its fields take them.

Fields examine an upload themselves if nothing else did. A page that writes examines first, because
reading a foreign file takes time and a transaction must not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import IO, Any

from werkzeug.datastructures import FileStorage, MultiDict

from forms.drafts import walk
from forms.fields import documents
from forms.fields.documents import Verdict
from forms.fields.sheets import Sheet, Unreadable

#: Greatest number of files that one page of a form may upload.
MOST = 40


class TooMany(Exception):
    """A page uploaded more files than any form accepts."""


class Examined(FileStorage):
    """An upload with the result of examining it: `verdict` of a document, `rows` of a table.

    The rows are people of a roster, or the lines of another table.
    """

    verdict: Verdict | None = None
    rows: Sheet | str | Unreadable | None = None


#: Reads the rows of a table from the name and the stream of its file. Raises `Unreadable`.
Reader = Callable[[str, IO[bytes]], Sheet | str]


def examined(
    fields: Iterable[Any],
    uploads: MultiDict[str, Any],
    wanted: Container[str],
    read: documents.Reader = documents.read_apart,
) -> MultiDict[str, Any]:
    """Return the uploads of the wanted fields, each examined; `read` reads documents.

    Raises TooMany.
    """
    readers: dict[str, Reader] = {
        f"{field.name}-file": field.read_upload
        for field in walk(fields)
        if hasattr(field, "read_upload")
    }
    found: MultiDict[str, Any] = MultiDict()
    for name, storage in uploads.items(multi=True):
        if name.partition("-")[0] in wanted and storage.filename:
            if len(found) >= MOST:
                raise TooMany
            found.add(name, _examined(storage, readers.get(name), read))
    return found


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
