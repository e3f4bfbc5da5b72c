"""The valid files of a form that was refused, so that the user need not choose them again.

Steps have drafts for this. A form for many entities has none: its page carries a signed note of
each valid file, which names its user and is valid for an hour. The bytes are in the store and
belong to no entity, like the files of every batch.
"""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from typing import Any

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session
from werkzeug.datastructures import CombinedMultiDict, FileStorage, MultiDict
from wtforms import FileField

from app.base import files
from app.base.files import integrity
from app.onboarding.batches.checking import XLSX
from forms.fields import Part

FIELD = "held"
LIFETIME = 3600  # seconds


def posted(user_id: int) -> CombinedMultiDict[str, Any]:
    """Return the posted form and its files: a stored file where no other was chosen."""
    uploads: MultiDict[str, Any] = MultiDict(
        (name, one) for name, one in request.files.items(multi=True) if one.filename
    )
    for note in request.form.getlist(FIELD):
        try:
            owner, name, sha256, file_name, media_type = _signer().loads(note, max_age=LIFETIME)
        except (BadData, ValueError):
            continue
        if owner == user_id and name not in uploads:
            with suppress(integrity.Damaged):
                stream = BytesIO(integrity.near(str(sha256)).read_bytes())
                uploads[name] = FileStorage(stream, str(file_name), name, str(media_type))
    parts: list[MultiDict[str, Any]] = [uploads, request.form]
    return CombinedMultiDict(parts)


def keep(session: Session, form: Part, user_id: int) -> list[str]:
    """Store the valid files of a form, say so at its fields, and return the notes for its page."""
    notes = []
    for field in form:
        upload = field.data
        if not isinstance(field, FileField) or field.errors or not getattr(upload, "filename", ""):
            continue
        upload.stream.seek(0)
        file_name = files.safe_name(upload.filename)
        media_type = "application/pdf" if file_name.lower().endswith(".pdf") else XLSX
        sha256 = files.store(session, upload.stream, media_type)
        notes.append(_signer().dumps([user_id, field.name, sha256, file_name, media_type]))
        field.description = f"Ya tenemos «{file_name}». Elige otro solo si quieres cambiarlo."
    return [str(note) for note in notes]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="batch-file")
