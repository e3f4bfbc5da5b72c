"""What the forms of a register share: why something is done, what is refused, and once only."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import abort, request
from wtforms import Form

from app.register.facts.values import Refused
from forms.drafts import walk
from forms.fields import LongTextField, Part, add_error
from forms.fields.identifiers import read_document
from forms.fields.rules import NO_NUMBERS, holds_a_number

SHORTEST_REASON, LONGEST_REASON = 10, 300


class ReasonField(LongTextField):
    """Why something that was recorded is changed; everybody who sees the record reads it."""

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("render_kw", {"rows": 3})
        kwargs.setdefault("needed", "Escribe por qué.")
        super().__init__(label, limit=LONGEST_REASON, **kwargs)

    def fault(self, text: str) -> str:
        """Long enough to say something, and without anybody's number: it stays for good."""
        if len(text) < SHORTEST_REASON:
            return f"{self.label.text}: escribe al menos {SHORTEST_REASON} caracteres."
        return NO_NUMBERS if holds_a_number(text) else ""


class Reason(Part):
    """A form that asks for nothing but the reason."""

    reason = ReasonField("Por qué", hint="Queda en el historial, a la vista de todos.")


class InnerReason(Part):
    """The reason for something that the public does not see."""

    reason = ReasonField("Por qué", hint="Lo lee quien puede ver este registro.")


def judge_document(kind: Any, number: Any) -> bool:
    """Tidies a document number, and refuses it where it is none of its kind; none is good."""
    if number.errors or not number.data:
        return not number.errors
    number.data, fault = read_document(kind.data or "", number.data)
    if fault:
        add_error(number, fault)
    return not fault


def errors_of(form: Form) -> dict[str, str]:
    """Field id → its first message, in the order of the page, for the error summary."""
    found: dict[str, str] = {}
    for field in walk(form):
        errors = field.errors
        if isinstance(errors, dict):  # of a group: its fields come after it
            errors = errors.get(None) or ()
        if message := next((error for error in errors if error and isinstance(error, str)), ""):
            found[field.id] = message
    return found


def refused_at(form: Form, refused: Refused, **places: str) -> dict[str, str]:
    """The errors of a form that is well filled in, but not taken; under "" what is of no field.

    `places`: the register's name of a field → the form's, where that is another.
    """
    place = places.get(refused.field, refused.field)
    if place in form:
        add_error(form[place], refused.sentence)
        return errors_of(form)
    return {"": refused.sentence}


def seen_version() -> int:
    """The version that the form was filled from; 0, which is none, for what is no number."""
    text = request.form.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def new_token() -> str:
    """What tells one sending of a form from another that looks the same, made with its page."""
    return secrets.token_urlsafe(12)


def sent_token() -> str:
    """The token that came with a form; 400 for what is none."""
    text = request.form.get("submission", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{8,40}", text):
        abort(400)
    return text
