"""Examine the uploads of a form's page before its fields take them.

Fields examine an upload themselves if nothing else did. A page that writes examines first, because
reading a foreign file takes time and a transaction must not wait for it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict

from forms.drafts import walk
from forms.fields.documents import Verdict, examine
from forms.fields.sheets import Sheet, Unreadable, read_file

#: Greatest number of files that one page of a form may upload.
MOST = 40


class TooMany(Exception):
    """A page uploaded more files than any form accepts."""


class Examined(FileStorage):
    """An upload with the result of examining it: `verdict` of a document, `rows` of a table."""

    verdict: Verdict | None = None
    rows: Sheet | Unreadable | None = None


def examined(
    fields: Iterable[Any], uploads: MultiDict[str, Any], wanted: Container[str]
) -> MultiDict[str, Any]:
    """Return the uploads of the wanted fields, each examined. Raises TooMany."""
    tables = {f"{field.name}-file" for field in walk(fields) if _is_roster(field)}
    found: MultiDict[str, Any] = MultiDict()
    for name, storage in uploads.items(multi=True):
        if name.partition("-")[0] in wanted and storage.filename:
            if len(found) >= MOST:
                raise TooMany
            found.add(name, _examined(storage, is_table=name in tables))
    return found


def _is_roster(field: Any) -> bool:
    return getattr(field, "kind", "") == "roster"


def _examined(storage: FileStorage, *, is_table: bool) -> Examined:
    upload = Examined(storage.stream, storage.filename, storage.name, headers=storage.headers)
    if is_table:
        try:
            upload.rows = read_file(storage.filename or "", storage.stream)
        except Unreadable as fault:
            upload.rows = fault
        storage.stream.seek(0)
    else:
        upload.verdict = examine(storage.stream)
    return upload
