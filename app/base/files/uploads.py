"""The files of a request, examined before the transaction that takes them begins.

A page may also name photographed pages that were sent before (`staged`): each value of its input
`staged` is the full name of a field, a colon, and the keys of the pages (see `staged.pictures`) in
their order, with commas between them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from flask import abort, g, request
from werkzeug.datastructures import MultiDict

from app.base import db
from app.base.files import staged
from forms.drafts import AUTOSAVE
from forms.fields import uploads
from forms.fields.documents import Reader, read_apart
from forms.fields.foreign.bounds import Picture

#: The input of a page that names photographed pages.
STAGED = "staged"


def examine(
    fields: Iterable[Any],
    wanted: Container[str],
    read: Reader = read_apart,
    task_id: int | None = None,
) -> bool:
    """Examine the uploaded files, documents by `read`; return whether there were any.

    Of a task, also make documents of the pages that were sent before.

    It first ends the session's transaction, because foreign files take a while to read and other
    requests must not wait for SQLite's write lock. The caller reads again what it read before.
    """
    if not were_sent():
        return False
    db.session().rollback()
    try:
        g.examined = uploads.examined(fields, request.files, wanted, read)
    except uploads.TooMany:
        abort(413)
    if task_id is not None:
        _add_staged(task_id, wanted, read)
    return True


def _add_staged(task_id: int, wanted: Container[str], read: Reader) -> None:
    """Add the documents made of staged pages to the examined ones; an uploaded file wins."""
    found: dict[str, list[Picture] | None] = {}
    for value in _named()[: uploads.MOST]:
        name, _, keys = value.rpartition(":")
        if name.partition("-")[0] in wanted and name not in g.examined:
            found[name] = staged.pictures(db.session(), task_id, name, keys.split(","))
    db.session().rollback()
    for name, pictures in found.items():
        if pictures is None:
            g.examined[name] = uploads.refused(staged.LOST)
        elif pictures:
            g.examined[name] = uploads.made_of(pictures, read)
            g.examined[name].staged = name


def were_sent() -> bool:
    """Return whether the request has any file, or names pages that were sent before."""
    return bool(_named()) or any(upload.filename for upload in request.files.values())


def _named() -> list[str]:
    """Return the values of the input `staged`; a page that saves itself sends no document."""
    return [] if request.form.get("action") == AUTOSAVE else request.form.getlist(STAGED)


def release(task_id: int, upload: Any) -> None:
    """Remove the staged pages of which a stored upload was made, in the same transaction."""
    if field := getattr(upload, "staged", ""):
        staged.remove(db.session(), task_id, field)


def of_request() -> MultiDict[str, Any]:
    """Return the uploads of this request: examined, where `examine` was called."""
    found: MultiDict[str, Any] = g.get("examined", request.files)
    return found
