"""Shared by the forms of a register: reasons, refusals, and idempotency tokens."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import abort, request
from wtforms import Form, HiddenField

from app.base import db
from app.people.accounts.forms import errors_of
from app.register.facts.values import Refused
from forms.fields import LongTextField, Part, add_error
from forms.fields.identifiers import read_document
from forms.fields.rules import NO_NUMBERS, has_document_number

SHORTEST_REASON, LONGEST_REASON = 10, 300


class ReasonField(LongTextField):
    """The reason for a change of a record; everyone who sees the record reads it."""

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("render_kw", {"rows": 3})
        kwargs.setdefault("needed", "Escribe por qué.")
        super().__init__(label, limit=LONGEST_REASON, **kwargs)

    def fault(self, text: str) -> str:
        """Return the fault of a reason that is too short, or has a person's number."""
        if len(text) < SHORTEST_REASON:
            return f"{self.label.text}: escribe al menos {SHORTEST_REASON} caracteres."
        return NO_NUMBERS if has_document_number(text) else ""


class Reason(Part):
    """A form with only the reason."""

    reason = ReasonField("Por qué", hint="Queda en el historial, a la vista de todos.")


class InnerReason(Part):
    """The reason for something that the public does not see."""

    reason = ReasonField("Por qué", hint="Lo lee quien puede ver este registro.")


def judge_document(kind: Any, number: Any) -> bool:
    """Tidy a document number, and refuse one that does not fit its kind; an empty one is good."""
    if number.errors or not number.data:
        return not number.errors
    number.data, fault = read_document(kind.data or "", number.data)
    if fault:
        add_error(number, fault)
    return not fault


class Invalid(Exception):
    """A form with errors: by the id of a field, or "" for those without one."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


@contextmanager
def accepting(form: Form, **places: str) -> Iterator[None]:
    """Validate a form, do its act in this block, and commit.

    `places`: the register's name of a field → the form's, where they differ. Raise Invalid if the
    form or the register refuses a value; then nothing is changed.
    """
    if not form.validate():
        raise Invalid(errors_of(form))
    try:
        yield
    except Refused as refused:
        db.session().rollback()
        place = places.get(refused.field, refused.field)
        if place in form:
            add_error(form[place], refused.sentence)
        elif refused.sentence:
            raise Invalid({"": refused.sentence}) from None
        raise Invalid(errors_of(form)) from None
    db.session().commit()


def seen_version() -> int:
    """Return the version from which the form was filled; 0, which is none, for no number."""
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


# A form that is sent twice is one act ------------------------------------------------------------


class SubmissionField(HiddenField):
    """Idempotency key: the page's token combined with the submitted values (`once`).

    A browser that goes back keeps the token; other values then make another act.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default=lambda: secrets.token_urlsafe(12), **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the token of the page; make a new one for a malformed one."""
        said = str(valuelist[0]) if valuelist else ""
        good = re.fullmatch(r"[\w-]{8,40}", said, re.ASCII)
        self.data = said if good else secrets.token_urlsafe(12)

    @property
    def key(self) -> str:
        """Return the same key for a form sent twice, and another for any other form."""
        said = sorted(pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token")
        return f"{self.data}-{hashlib.sha256(repr(said).encode()).hexdigest()[:12]}"


def new_token() -> str:
    """Return a new idempotency token for a page."""
    return secrets.token_urlsafe(12)


def sent_token() -> str:
    """Return the token that came with a form; 400 for a malformed one."""
    text = request.form.get("submission", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{8,40}", text):
        abort(400)
    return text
