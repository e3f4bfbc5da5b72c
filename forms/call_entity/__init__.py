"""Llamar a la entidad: the person reached, and the agreed day."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from forms import Page, StepForm
from forms.examples import Example, Refusal
from forms.fields import ChoiceField, DateField, LongTextField, PhoneField, TextField, add_error
from forms.shapes.contacts import Contact, contacts
from forms.shapes.days import ahead_fault, working_day, works
from forms.shapes.follow_up import GIVEN as GIVEN
from forms.shapes.follow_up import HORIZON, missing_of
from forms.shapes.reviews import check_explanation

NEEDS = ("progress", "administrator", "authority", "entity", "call", "letter", "days_off")
GIVES = ("call",)

RESULTS = (
    ("agreed", "Acordamos un día"),
    ("not_reached", "No contestó nadie que pueda responder"),
    ("no_agreement", "Contestó, pero no hubo acuerdo"),
)
REACHED = ("agreed", "no_agreement")


class Form(StepForm):
    """The call."""

    decides = "nothing"
    heading = "Llama a la entidad"
    lead = (
        "Esta etapa dura más de lo previsto y lo que falta está en manos de la entidad. Llama, "
        "di qué falta y acuerda para cuándo estará."
    )
    button = "Registrar la llamada"
    outcomes = ("agreed", "not_reached", "no_agreement")
    fresh = ("result", "reached", "post", "agreed_on", "summary")
    pages = (
        Page("llamada", heading, ("result", "phone", "reached", "post", "agreed_on", "summary")),
    )

    result = ChoiceField("¿Cómo fue la llamada?", RESULTS, needed="Elige cómo fue la llamada.")
    phone = PhoneField("¿A qué número llamaste?", needed="Escribe el número al que llamaste.")
    reached = TextField(
        "¿Con quién hablaste?",
        needed="Escribe con quién hablaste.",
        when=("result", REACHED),
        limit=150,
    )
    post = TextField(
        "¿Qué cargo tiene?",
        needed="Escribe el cargo de quien contestó.",
        when=("result", REACHED),
        limit=150,
    )
    agreed_on = DateField(
        "¿Qué día acordaron?",
        hint="Un día hábil, dentro de los próximos 30 días.",
        needed="Escribe el día que acordaron.",
        when=("result", "agreed"),
    )
    summary = LongTextField(
        "Qué se dijo",
        hint="Lo que impide avanzar, y a qué se comprometieron. Queda en el historial.",
        limit=2000,
    )

    @classmethod
    def prefill(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the telephone of the administrator, otherwise the entity's."""
        holder = (given.get("administrator") or {}).get("holder") or {}
        entity = given.get("entity") or {}
        return {"phone": holder.get("phone") or entity.get("phone", "")}

    def contacts(self) -> list[Contact]:
        """Return the people to call, in order: role, name, telephone."""
        return contacts(self.given)

    def missing(self) -> list[str]:
        """Return what is missing, in words."""
        return missing_of(self.given)

    def failed_before(self) -> int:
        """Return the number of consecutive unanswered calls since the last letter."""
        last = self.given.get("call") or {}
        drafted = (self.given.get("letter") or {}).get("drafted_on", "")
        return int(last.get("failed_calls", 0)) if last.get("called_on", "") >= drafted else 0

    def check(self) -> None:
        """Check that an agreed day lies ahead, and that a summary says what was discussed."""
        day = self.agreed_on.data
        if self.result.data == "agreed" and day and not self.agreed_on.errors:
            fault = ahead_fault("Día acordado", day, self.today, HORIZON)
            if not fault and not works(day, self.given.get("days_off")):
                fault = "Día acordado: ese día no es hábil. Acuerda otro."
            if fault:
                add_error(self.agreed_on, fault)
        if self.result.data in REACHED:
            check_explanation(self.summary, "Escribe qué se dijo.")

    def outcome(self) -> str:
        """Return how the call ended."""
        return str(self.result.data)

    def answer(self) -> dict[str, Any]:
        """Return the call; `failed_calls` counts consecutive unanswered calls."""
        reached = self.outcome() in REACHED
        return {
            "call": {
                "result": self.outcome(),
                "phone": self.phone.data,
                "reached": (self.reached.data or "") if reached else "",
                "post": (self.post.data or "") if reached else "",
                "agreed_on": self.agreed_on.iso if self.outcome() == "agreed" else "",
                "summary": self.summary.data or "",
                "called_on": self.today.isoformat(),
                "failed_calls": 0 if reached else self.failed_before() + 1,
            }
        }


AGREED = {
    "result": "agreed",
    "phone": "01 5550100",
    "reached": "Ana Persona Quispe Ejemplo",
    "post": "Administradora del registro",
    "agreed_on": "22/10/2026",
    "summary": "Tuvo licencia; informa la capacitación el jueves.",
}
SILENT = {"result": "not_reached", "phone": "01 5550100"}


def agree(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return an example that agrees on one of the next working days."""
    day = working_day(given["today"], random.randint(2, 6), given.get("days_off"))
    return AGREED | {"agreed_on": day}


ACCEPTS = (
    Example("agreed", agree),
    Example("not_reached", SILENT),
    Example(
        "not_reached",
        SILENT | {"summary": "La central dice que está de vacaciones."},
        {"call": {"failed_calls": 1, "called_on": "2026-10-14"}},
        "otra vez sin respuesta",
    ),
    Example(
        "no_agreement",
        {
            **AGREED,
            "result": "no_agreement",
            "agreed_on": "",
            "summary": "Dice que no tiene presupuesto y no da una fecha.",
        },
    ),
)
REFUSES = (
    Refusal("sin nada", {}, {"result": "cómo fue", "phone": "el número"}),
    Refusal(
        "un acuerdo sin día ni persona",
        {"result": "agreed", "phone": "01 5550100"},
        {
            "agreed_on": "el día que acordaron",
            "reached": "con quién",
            "post": "el cargo",
            "summary": "qué se dijo",
        },
    ),
    Refusal("hoy mismo", AGREED | {"agreed_on": "15/10/2026"}, {"agreed_on": "a partir de"}),
    Refusal("un año más", AGREED | {"agreed_on": "22/10/2027"}, {"agreed_on": "hasta"}),
    Refusal("un sábado", AGREED | {"agreed_on": "24/10/2026"}, {"agreed_on": "no es hábil"}),
    Refusal(
        "un día no laborable por decreto",
        AGREED,
        {"agreed_on": "no es hábil"},
        {"days_off": {"2026-10-22": "DS 001-2026-EJEMPLO"}},
    ),
    Refusal("un teléfono corto", AGREED | {"phone": "555"}, {"phone": "de 6 a 15"}),
)
