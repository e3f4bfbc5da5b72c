"""The files of a request, examined before the transaction that takes them begins."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from flask import abort, g, request
from werkzeug.datastructures import MultiDict

from app.base import db
from forms.fields import uploads
from forms.fields.documents import Reader, read_apart


def examine(fields: Iterable[Any], wanted: Container[str], read: Reader = read_apart) -> bool:
    """Examine the uploaded files, documents by `read`; return whether there were any.

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
    return True


def were_sent() -> bool:
    """Return whether the request has any file."""
    return any(upload.filename for upload in request.files.values())


def of_request() -> MultiDict[str, Any]:
    """Return the uploads of this request: examined, where `examine` was called."""
    found: MultiDict[str, Any] = g.get("examined", request.files)
    return found
