"""The forms of questions and notes."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import FileField, HiddenField
from wtforms.validators import Length

from app.cases.questions.threads import MESSAGE, SUBJECT
from forms.fields import ChecksField, LongTextField, TextField, TickField

TOKEN = re.compile(r"[\w-]{8,40}", re.ASCII)
#: Characters of a note.
NOTE = 4000


class OnceField(HiddenField):
    """Idempotency key: the page's token combined with the submitted values (`key_of`)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default=lambda: secrets.token_urlsafe(12), **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the token of the page; make a new one for a malformed one."""
        said = str(valuelist[0]) if valuelist else ""
        self.data = said if TOKEN.fullmatch(said) else secrets.token_urlsafe(12)

    def key_of(self, user_id: int) -> str:
        """Return the same key for a user's form sent twice, and another for any other form."""
        said = sorted(pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token")
        digest = hashlib.sha256(repr((request.path, said)).encode()).hexdigest()
        return f"{user_id}-{self.data}-{digest[:16]}"


BLOCKS_HINT = (
    "Desde ahora hasta la respuesta, los días de este paso se cuentan a la PCM. La fecha del paso "
    "no cambia: si necesitas otra, pide más plazo."
)
#: The same where no days are counted: on a step outside the path of the implementation.
HANDS_HINT = (
    "Desde ahora hasta la respuesta, este paso figura en manos de la PCM. La fecha del paso no "
    "cambia: si necesitas otra, pide más plazo."
)


class AskForm(FlaskForm):
    """Form of a new question; `blocks` only where its step can be marked."""

    once = OnceField()
    subject = TextField(
        "Tu consulta en una línea",
        hint="Por ejemplo: ¿quién firma si el titular está de viaje?",
        needed="Escribe tu consulta en una línea.",
        limit=SUBJECT,
    )
    text = LongTextField(
        "Explica qué necesitas saber",
        hint="No escribas números de documento ni contraseñas.",
        needed="Explica qué necesitas saber.",
        limit=MESSAGE,
    )
    paper = FileField(
        "Documento (opcional)",
        description="Un PDF de 10 MB como máximo.",
        render_kw={"accept": "application/pdf,.pdf"},
    )
    blocks = TickField("No puedo seguir sin la respuesta", hint=BLOCKS_HINT)


class WriteForm(FlaskForm):
    """Form of a further message: of the entity, or the answer of the PCM."""

    once = OnceField()
    text = LongTextField("Tu mensaje", needed="Escribe tu mensaje.", limit=MESSAGE)
    paper = FileField(
        "Documento (opcional)",
        description="Un PDF de 10 MB como máximo.",
        render_kw={"accept": "application/pdf,.pdf"},
    )
    blocks = TickField("No puedo seguir sin la respuesta", hint=BLOCKS_HINT)


class DifferForm(FlaskForm):
    """Form: why the step can go on although the question is not answered."""

    once = OnceField()
    text = LongTextField(
        "¿Por qué puede seguir?",
        hint="Lo lee la entidad y queda en el historial.",
        needed="Escribe por qué el paso puede seguir.",
        limit=1000,
        rules=(Length(10, message="El motivo tiene entre 10 y 1000 caracteres."),),
    )


class NoteForm(FlaskForm):
    """Form of an internal note, with the colleagues to mention."""

    once = OnceField()
    text = LongTextField(
        "Nota",
        hint="Puede pedirse por acceso a la información.",
        needed="Escribe la nota.",
        limit=NOTE,
    )
    mentions = ChecksField(
        "Mencionar a (opcional)", hint="Les llega un correo con el enlace, sin la nota."
    )
