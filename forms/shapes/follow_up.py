"""Follow up a stage that takes too long: what a coordinator does, and reports."""

from __future__ import annotations

from datetime import date
from typing import Any

from forms import StepForm
from forms.examples import Example, Examples, Refusal
from forms.fields import ChoiceField, DateField, LongTextField, TextField, add_error
from forms.shapes.days import ahead_fault
from forms.shapes.reviews import check_explanation

#: Calendar days ahead within which the promised day lies.
HORIZON = 30

CAUSES = (
    ("workload", "Había demasiado por revisar"),
    ("absence", "Quien la tenía a su cargo no estaba"),
    ("other_area", "Se esperaba respuesta de otra área"),
    ("technical", "Falló la plataforma o esta aplicación"),
    ("entity", "En realidad se esperaba algo de la entidad"),
    ("other", "Otra razón"),
)
CHANNELS = (
    ("phone", "Por teléfono"),
    ("mail", "Por correo"),
    ("meeting", "En una reunión"),
    ("nobody", "No hizo falta hablar con nadie"),
)


def missing_of(given: Any) -> list[str]:
    """Return what is missing in the case, in words."""
    return list((given.get("progress") or {}).get("missing") or [])


class Unblock(StepForm):
    """The measures for a task that stays too long with the coordinators themselves."""

    heading = "Destraba la etapa"
    button = "Registrar lo hecho"
    outcomes = ("done",)
    fresh = ("cause", "done", "channel", "contacted", "solved_by")

    cause = ChoiceField("¿Por qué se detuvo?", CAUSES, needed="Elige por qué se detuvo.")
    done = LongTextField(
        "¿Qué hiciste para destrabarla?",
        hint="Queda en el historial de la entidad.",
        limit=2000,
    )
    channel = ChoiceField(
        "¿Hablaste con alguien?", CHANNELS, needed="Di si hablaste con alguien y cómo."
    )
    contacted = TextField(
        "¿Con quién?",
        hint="Nombre y área.",
        needed="Escribe con quién hablaste.",
        when=("channel", ("phone", "mail", "meeting")),
        limit=200,
    )
    solved_by = DateField(
        "¿Para cuándo queda resuelto?",
        hint="Dentro de los próximos 30 días. Déjalo en blanco si ya lo está.",
    )

    def check(self) -> None:
        """Check that the answer explains the measures, and that a promised day lies ahead."""
        check_explanation(self.done, "Escribe qué hiciste para destrabarla.")
        day = self.solved_by.data
        fault = ahead_fault("Para cuándo", day, self.today, HORIZON) if day else ""
        if fault:
            add_error(self.solved_by, fault)

    def answer(self) -> dict[str, Any]:
        """Return the measures taken."""
        return {
            "unblocking": {
                "cause": self.cause.data,
                "done": self.done.data,
                "channel": self.channel.data,
                "contacted": self.contacted.data or "",
                "solved_by": self.solved_by.iso,
                "on": self.today.isoformat(),
            }
        }


PROGRESS = {
    "stage": "training",
    "stage_name": "Capacitación del personal",
    "open": [
        {
            "name": "Informar la capacitación realizada",
            "party": "Administrador del RVL",
            "since": "2026-08-31",
            "due": "2026-09-07",
        }
    ],
    "missing": ["Informar la capacitación realizada"],
}
GIVEN = {"today": date(2026, 10, 15), "progress": PROGRESS}
UNBLOCKED = {
    "cause": "absence",
    "done": "Reasigné la revisión a otra coordinadora, que la termina hoy.",
    "channel": "meeting",
    "contacted": "Julia Persona Ejemplo, jefa de área",
}


def unblocking() -> Examples:
    """Return the examples of both `unblock_stage_…` steps."""
    accepts = (
        Example("done", UNBLOCKED),
        Example(
            "done",
            UNBLOCKED | {"channel": "nobody", "contacted": "", "solved_by": "20/10/2026"},
            name="sin hablar con nadie",
        ),
    )
    refuses = (
        Refusal(
            "sin nada", {}, {"cause": "por qué", "done": "qué hiciste", "channel": "con alguien"}
        ),
        Refusal("sin decir con quién", UNBLOCKED | {"contacted": ""}, {"contacted": "con quién"}),
        Refusal("con una palabra", UNBLOCKED | {"done": "listo"}, {"done": "10 letras"}),
        Refusal(
            "resuelto ayer",
            UNBLOCKED | {"solved_by": "14/10/2026"},
            {"solved_by": "a partir de mañana"},
        ),
    )
    return GIVEN, accepts, refuses
