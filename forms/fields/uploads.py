"""What was uploaded with a page of a form, examined before its fields take it.

Fields examine an upload themselves where nobody did. A page that writes examines first: reading a
foreign file takes a while, and no transaction is to wait for it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict

from forms.drafts import walk
from forms.fields.documents import Verdict, examine
from forms.fields.personnel import Row
from forms.fields.sheets import Unreadable, read_file

#: Files that one page of a form may bring.
MOST = 40


class TooMany(Exception):
    """A page brought more files than any form takes."""


class Examined(FileStorage):
    """An upload, with what was found of it: `verdict` of a document, `rows` of a table."""

    verdict: Verdict | None = None
    rows: list[Row] | Unreadable | None = None


def examined(
    fields: Iterable[Any], uploads: MultiDict[str, Any], wanted: Container[str]
) -> MultiDict[str, Any]:
    """The uploads of the fields whose names are wanted, each examined. Raises TooMany."""
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
