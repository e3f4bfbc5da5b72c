"""Habilitar el registro de actos de gestión de intereses: since when, where, who answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from forms import Given, StepForm
from forms.examples import Example, Refusal
from forms.fields import ChoiceField, DateField, EmailField, TextField, WebsiteField, add_error
from forms.fields.dates import in_words

NEEDS = ("production", "administrator", "interest_acts")
GIVES = ("interest_acts",)

#: Calendar days ahead within which recording starts.
HORIZON = 30
WHERE = (
    ("same_register", "En el mismo registro de visitas, con el motivo «gestión de intereses»"),
    ("own_system", "En un sistema propio de la entidad"),
)


class Form(StepForm):
    """The opening of the record of interest acts."""

    heading = "Habilita el registro de actos de gestión de intereses"
    dictated = True
    lead = (
        "Desde el día que elijas, quien registra una visita pregunta si es para gestionar "
        "intereses, y el funcionario que descubre un acto no declarado registra la omisión."
    )
    button = "Habilitar el registro"
    outcomes = ("enabled",)

    starts_on = DateField(
        "¿Desde qué día se registran?",
        hint="Desde la salida en vivo hasta 30 días después de hoy.",
        needed="Escribe desde qué día se registran.",
    )
    where = ChoiceField("¿Dónde se registran?", WHERE, needed="Elige dónde se registran.")
    address = WebsiteField(
        "Dirección del sistema propio",
        needed="Escribe la dirección del sistema propio.",
        when=("where", "own_system"),
    )
    omissions_to = TextField(
        "¿A qué oficina avisa un funcionario de un acto que no se declaró?",
        needed="Escribe a qué oficina se avisa.",
        limit=150,
    )
    omissions_email = EmailField(
        "Correo electrónico de esa oficina", needed="Escribe el correo de esa oficina."
    )

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return the earlier answer, otherwise the usual place."""
        return given.get("interest_acts") or {"where": "same_register"}

    def check(self) -> None:
        """Check that recording starts soon, and not before the register itself."""
        day = self.starts_on.data
        if day is None or self.starts_on.errors:
            return
        live = (self.given.get("production") or {}).get("go_live_on")
        first = date.fromisoformat(live) if live else self.today - timedelta(days=3650)
        last = self.today + timedelta(days=HORIZON)
        if not first <= day <= last:
            sentence = f"Elige un día entre el {in_words(first)} y el {in_words(last)}."
            add_error(self.starts_on, sentence)

    def answer(self) -> dict[str, Any]:
        """Return the start, the place, and the office that receives reports of omissions."""
        apart = self.where.data == "own_system"
        return {
            "interest_acts": {
                "starts_on": self.starts_on.iso,
                "where": self.where.data,
                "address": (self.address.data or "") if apart else "",
                "omissions_to": self.omissions_to.data,
                "omissions_email": self.omissions_email.data,
            }
        }


GIVEN = {"today": date(2026, 10, 21), "production": {"go_live_on": "2026-10-12"}}
GOOD = {
    "starts_on": "26/10/2026",
    "where": "same_register",
    "omissions_to": "Oficina de Integridad Institucional",
    "omissions_email": "integridad@example.pe",
}


def now(given: Mapping[str, Any], _random: Random) -> dict[str, Any]:
    """Return today as the start, or the go-live day if that is still ahead."""
    live = (given.get("production") or {}).get("go_live_on") or ""
    return GOOD | {"starts_on": max(live, given["today"].isoformat())}


ACCEPTS = (
    Example("enabled", now),
    Example(
        "enabled",
        GOOD | {"where": "own_system", "address": "https://intereses.example.pe"},
        name="en un sistema propio",
    ),
)
REFUSES = (
    Refusal(
        "sin nada",
        {},
        {
            "starts_on": "desde qué día",
            "where": "dónde",
            "omissions_to": "qué oficina",
            "omissions_email": "el correo",
        },
    ),
    Refusal(
        "antes de salir en vivo",
        GOOD | {"starts_on": "09/10/2026"},
        {"starts_on": "entre el 12 de octubre de 2026"},
    ),
    Refusal(
        "un sistema propio sin dirección",
        GOOD | {"where": "own_system"},
        {"address": "la dirección"},
    ),
    Refusal("dentro de un año", GOOD | {"starts_on": "26/10/2027"}, {"starts_on": "entre"}),
)
