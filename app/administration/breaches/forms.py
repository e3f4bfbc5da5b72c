"""The forms of an incident of personal data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from app.administration.breaches.acts import Said
from app.register.desk.forms import SHORTEST_REASON, SubmissionField
from forms.fields import (
    DateField,
    LongTextField,
    MomentField,
    Part,
    TextField,
    add_error,
)
from forms.fields.rules import NO_NUMBERS, has_document_number


class OpenText(LongTextField):
    """A text about an incident, without document numbers: it is notified."""

    def fault(self, text: str) -> str:
        """Return the fault of a text with a person's number."""
        return NO_NUMBERS if has_document_number(text) else ""


class ReportForm(Part):
    """What happened, when, and since when it is known."""

    submission = SubmissionField()
    description = OpenText(
        "Qué pasó",
        hint="Qué datos, de quiénes, cómo, y qué se hizo para contenerlo. No escribas números de "
        "documento.",
        needed="Cuenta qué pasó.",
    )
    from_on = DateField(
        "Desde qué día se pudieron leer los datos", hint="Día/mes/año", needed="Escribe el día."
    )
    until_on = DateField("Hasta qué día", hint="Día/mes/año, incluido", needed="Escribe el día.")
    known_at = MomentField(
        "Cuándo se supo",
        hint="La hora de Lima. Desde ahí corren las 48 horas.",
        needed="Escribe el día y la hora en que se supo.",
    )
    document = TextField(
        "Número de documento de la cuenta que se usó (opcional)",
        hint="Si alguien entró con la cuenta de una persona. Vacío: se cuentan las lecturas de "
        "todas las cuentas.",
        limit=20,
    )

    def said(self) -> Said:
        """Return what a valid form says."""
        return Said(
            description=self.description.data or "",
            document=(self.document.data or "").strip().upper(),
            from_on=cast("date", self.from_on.data),
            until_on=cast("date", self.until_on.data),
            known_at=cast("datetime", self.known_at.moment),
        )


class NotifyForm(Part):
    """When an incident was notified, and who got it."""

    at = MomentField("Cuándo se comunicó", needed="Escribe el día y la hora.")
    to = TextField(
        "A quién",
        hint="La autoridad, con el número del expediente que dio; y las personas, si se les avisó.",
        needed="Escribe a quién.",
        limit=200,
    )


class ListForm(Part):
    """Why the list of persons is taken."""

    purpose = OpenText(
        "Para qué necesitas la lista",
        hint="Queda en el historial con tu nombre. Por ejemplo: avisar a las personas afectadas.",
        needed="Escribe para qué necesitas la lista.",
        limit=300,
        render_kw={"rows": 3},
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Require a purpose of some length."""
        super().validate(extra_validators)
        if not self.errors and len(self.purpose.data or "") < SHORTEST_REASON:
            add_error(self.purpose, f"Explica el motivo con al menos {SHORTEST_REASON} caracteres.")
        return not self.errors
