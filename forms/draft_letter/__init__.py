"""Redactar el oficio de reiteración: addressee, missing items, deadline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from forms import Given, Page, StepForm
from forms.examples import Example, Refusal
from forms.fields import CountField, LongTextField, TextField, add_error
from forms.shapes.days import words_of
from forms.shapes.follow_up import GIVEN as FOLLOWED
from forms.shapes.follow_up import missing_of
from forms.shapes.reviews import check_explanation

NEEDS = ("progress", "authority", "entity", "call", "letter")
GIVES = ("letter",)

SUBJECT = "Reiteración sobre la implementación del Registro de Visitas en Línea"
ITEMS, ITEM = 30, 200


class Form(StepForm):
    """The letter."""

    decides = "nothing"
    heading = "Redacta el oficio de reiteración"
    lead = (
        "La entidad no respondió o no hubo acuerdo. Revisa el texto: con él se prepara el oficio "
        "que firma el Despacho."
    )
    button = "Enviar a la firma"
    outcomes = ("drafted",)
    fresh = ("addressee", "addressee_post", "subject", "text", "missing", "term_days")
    pages = (
        Page("destinatario", "A quién se dirige", ("addressee", "addressee_post")),
        Page("texto", "Qué dice", ("subject", "text", "missing", "term_days")),
    )

    addressee = TextField(
        "Nombres y apellidos de la máxima autoridad",
        needed="Escribe a quién se dirige el oficio.",
        limit=200,
    )
    addressee_post = TextField("Cargo", needed="Escribe su cargo.", limit=150)
    subject = TextField("Asunto", needed="Escribe el asunto.", limit=200)
    text = LongTextField(
        "Cuerpo del oficio",
        hint=(
            "Deja una línea en blanco entre párrafos. El plazo y la lista de lo pendiente se "
            "agregan al final."
        ),
        limit=6000,
    )
    missing = LongTextField(
        "Qué está pendiente",
        hint="Una cosa por línea.",
        needed="Escribe qué está pendiente.",
        limit=4000,
    )
    term_days = CountField(
        "Plazo en días hábiles",
        least=1,
        most=30,
        needed="Escribe el plazo en días hábiles.",
    )

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return the draft that the Despacho returned, otherwise a letter on what is missing."""
        drafted = given.get("letter") or {}
        authority = given.get("authority") or {}
        name = f"{authority.get('given_names', '')} {authority.get('surnames', '')}".strip()
        if drafted and not drafted.get("number"):
            return drafted | {
                "addressee": drafted["addressee"]["name"],
                "addressee_post": drafted["addressee"]["post"],
                "missing": "\n".join(drafted["missing"]),
            }
        return {
            "addressee": name,
            "addressee_post": authority.get("post", ""),
            "subject": SUBJECT,
            "text": first_text(given),
            "missing": "\n".join(missing_of(given)),
            "term_days": "10",
        }

    def items(self) -> list[str]:
        """Return what is missing, one line each."""
        return [line.strip("-• ") for line in (self.missing.data or "").split("\n") if line.strip()]

    def check(self) -> None:
        """Check that the body has text, and that the missing items fit in a list."""
        check_explanation(self.text, "Escribe el cuerpo del oficio.")
        items = self.items()
        if len(items) > ITEMS:
            add_error(self.missing, f"Qué está pendiente: escribe {ITEMS} líneas como máximo.")
        elif any(len(item) > ITEM for item in items):
            sentence = f"Qué está pendiente: cada línea tiene {ITEM} letras como máximo."
            add_error(self.missing, sentence)

    def body(self) -> str:
        """Return the body, ending with the sentence about the deadline."""
        number = self.term_days.number
        days = "1 día hábil" if number == 1 else f"{number} días hábiles"
        return (
            f"{self.text.data}\n\nPor ello le solicito disponer que se atienda lo pendiente en el "
            f"plazo de {days}, contados desde el día siguiente de la recepción de este oficio."
        )

    def answer(self) -> dict[str, Any]:
        """Return the letter: `text` as typed, `body` as the paper prints it."""
        return {
            "letter": {
                "addressee": {"name": self.addressee.data, "post": self.addressee_post.data},
                "subject": self.subject.data,
                "text": self.text.data,
                "body": self.body(),
                "missing": self.items(),
                "term_days": self.term_days.number,
                "drafted_on": self.today.isoformat(),
                "number": "",
            }
        }


def first_text(given: Mapping[str, Any]) -> str:
    """Return the initial body of a new letter: the stage, the calls, the last letter.

    It does not repeat what is pending: the paper lists that after the body.
    """
    progress = given.get("progress") or {}
    stage = progress.get("stage_name") or ""
    in_stage = f", que se encuentra en la etapa «{stage}»" if stage else ""
    entity = (given.get("entity") or {}).get("name", "")
    of_entity = f" de {entity}" if entity else ""
    register = "la implementación del Registro de Visitas en Línea"
    paragraphs = [f"Me dirijo a usted en relación con {register}{of_entity}{in_stage}."]
    call = given.get("call") or {}
    if call.get("called_on"):
        said = (
            "se conversó con su entidad sin llegar a un acuerdo"
            if call.get("reached")
            else "se llamó a su entidad sin obtener respuesta"
        )
        paragraphs.append(f"El {words_of(call['called_on'])} {said} sobre lo que falta.")
    last = given.get("letter") or {}
    if last.get("number"):
        signed = words_of(last.get("signed_on", ""))
        paragraphs.append(f"Se comunicó antes con el oficio {last['number']}, del {signed}.")
    return "\n\n".join(paragraphs)


AUTHORITY = {
    "document_type": "DNI",
    "document_number": "00000301",
    "given_names": "Carmen Persona",
    "surnames": "Mamani Muestra",
    "post": "Alcaldesa",
    "email": "",
}
GIVEN = FOLLOWED | {"today": date(2026, 10, 20), "authority": AUTHORITY}
GOOD = {
    "addressee": "Carmen Persona Mamani Muestra",
    "addressee_post": "Alcaldesa",
    "subject": SUBJECT,
    "text": first_text(GIVEN),
    "missing": "Informar la capacitación realizada",
    "term_days": "10",
}


def fresh(given: Mapping[str, Any], _random: Random) -> dict[str, Any]:
    """Return the prefilled letter; data that a case does not have yet are invented."""
    return GOOD | {key: value for key, value in Form.prefill(given).items() if value}


ACCEPTS = (
    Example("drafted", fresh),
    Example(
        "drafted",
        fresh,
        {
            "call": {"called_on": "2026-10-19", "reached": ""},
            "letter": {"number": "0100-2026-PCM/SIP", "signed_on": "2026-09-30"},
        },
        "la segunda reiteración",
    ),
)
REFUSES = (
    Refusal(
        "sin nada",
        {},
        {
            "addressee": "a quién",
            "addressee_post": "su cargo",
            "subject": "el asunto",
            "text": "el cuerpo",
            "missing": "qué está pendiente",
            "term_days": "el plazo",
        },
    ),
    Refusal("un plazo de un año", GOOD | {"term_days": "365"}, {"term_days": "de 1 a 30"}),
    Refusal("un cuerpo vacío", GOOD | {"text": "Señor:"}, {"text": "10 letras"}),
    Refusal(
        "una lista sin fin",
        GOOD | {"missing": "\n".join(f"Cosa {n}" for n in range(31))},
        {"missing": "30 líneas"},
    ),
)
