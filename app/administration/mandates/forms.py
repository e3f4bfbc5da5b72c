"""The form of a row of the table of mandates."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from app.register.registers.mandates import LEVELS, Said, is_place
from forms.fields import DateField, Part, SelectOneField, TextField, add_error


class MandateForm(Part):
    """Whose mandate, from when to when, by which norm."""

    level = SelectOneField(
        "De qué entidades",
        (("", "Elige"), *LEVELS.items()),
        needed="Elige de qué entidades es el mandato.",
    )
    ubigeo = TextField(
        "Ubigeo (INEI), si es de un solo lugar",
        hint="Seis dígitos: el del distrito o el de la capital de la provincia; de una región, "
        "los dos de su departamento y cuatro ceros. Vacío: todas las de ese tipo.",
        limit=6,
        render_kw={"inputmode": "numeric"},
    )
    from_on = DateField("Desde", hint="Día/mes/año", needed="Escribe desde qué día.")
    to_on = DateField(
        "Hasta",
        hint="Día/mes/año, incluido. Si es de un lugar, hasta cuándo continúa su autoridad.",
        needed="Escribe el último día.",
    )
    norm = TextField(
        "Norma",
        hint="Por ejemplo, Ley 26864, artículo 1.",
        needed="Escribe la norma que lo dispone.",
        limit=200,
    )
    source = TextField(
        "Dónde se leyó (opcional)",
        hint="La dirección de la página, o el documento con su fecha.",
        limit=300,
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields, then the order of the days and the place."""
        good: bool = super().validate(extra_validators)
        if not good:
            return False
        if cast("date", self.to_on.data) < cast("date", self.from_on.data):
            add_error(self.to_on, "Termina antes de empezar: revisa las dos fechas.")
            return False
        if self.ubigeo.data and not is_place(self.level.data or "", self.ubigeo.data):
            add_error(
                self.ubigeo, "Ese ubigeo no es de un lugar con una entidad de ese tipo. Revísalo."
            )
            return False
        return True

    def said(self) -> Said:
        """Return the values of a valid form."""
        return Said(
            cast("str", self.level.data),
            self.ubigeo.data or "",
            cast("date", self.from_on.data),
            cast("date", self.to_on.data),
            self.norm.data or "",
            self.source.data or "",
        )
