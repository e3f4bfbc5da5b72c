"""Good files of a form that was refused: kept, so that nobody chooses them again.

Steps have drafts for this. A form of many entities has none: its page carries a signed note of each
good file instead, which says whose it is and is worth something for an hour. The bytes lie in the
store, of no entity, as those of every batch do.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session
from werkzeug.datastructures import CombinedMultiDict, FileStorage, MultiDict
from wtforms import FileField

from app.base import files
from app.base.files.integrity import damage_of
from app.onboarding.batches.checking import XLSX
from forms.fields import Part

FIELD = "held"
GOOD_FOR = 3600  # seconds


def posted(user_id: int) -> CombinedMultiDict[str, Any]:
    """What was typed, and the files: those that were kept where no other was chosen."""
    brought: MultiDict[str, Any] = MultiDict(
        (name, one) for name, one in request.files.items(multi=True) if one.filename
    )
    for note in request.form.getlist(FIELD):
        try:
            owner, name, sha256, called, media_type = _signer().loads(note, max_age=GOOD_FOR)
        except (BadData, ValueError):
            continue
        place = files.path_of(str(sha256))
        if owner == user_id and name not in brought and not damage_of(place, str(sha256)):
            stream = BytesIO(place.read_bytes())
            brought[name] = FileStorage(stream, str(called), name, str(media_type))
    parts: list[MultiDict[str, Any]] = [brought, request.form]
    return CombinedMultiDict(parts)


def keep(session: Session, form: Part, user_id: int) -> list[str]:
    """Keeps the good files of a form, whose page says so; the notes that its page carries."""
    notes = []
    for field in form:
        upload = field.data
        if not isinstance(field, FileField) or field.errors or not getattr(upload, "filename", ""):
            continue
        upload.stream.seek(0)
        called = files.safe_name(upload.filename)
        media_type = "application/pdf" if called.lower().endswith(".pdf") else XLSX
        sha256 = files.store(session, upload.stream, media_type)
        notes.append(_signer().dumps([user_id, field.name, sha256, called, media_type]))
        field.description = f"Ya tenemos «{called}». Elige otro solo si quieres cambiarlo."
    return [str(note) for note in notes]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="batch-file")
