"""The form of a decreed day, and everything for which it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration.catalogue import search
from app.base import calendar, formatting
from app.base.models import Entity, NonWorkingDay
from forms.fields import ChoiceField, DateField, SelectOneField, TextField, add_error

SCOPES = (
    ("national", "Todo el país"),
    ("region", "Una región"),
    ("entity", "Una entidad", {"hint": "Solo con una norma que la nombre."}),
)


class DayForm(FlaskForm):
    """A non-working day: its date, its place and its norm."""

    on = DateField("Fecha", hint="Día/mes/año", needed="Escribe la fecha.")
    scope = ChoiceField("Dónde no se trabaja", SCOPES, needed="Elige dónde no se trabaja.")
    region = SelectOneField(
        "Región",
        hint="Solo si elegiste una región.",
        needed="Elige la región.",
        when=("scope", "region"),
    )
    entity = TextField(
        "Código de la entidad",
        hint="Solo si elegiste una entidad. Es el del catálogo, por ejemplo E00275.",
        needed="Escribe el código de la entidad.",
        when=("scope", "entity"),
        limit=10,
    )
    norm = TextField(
        "Norma que lo declara",
        hint="Por ejemplo, DS 075-2026-PCM.",
        needed="Escribe la norma que lo declara: sin ella se trabaja.",
        limit=200,
    )

    def __init__(self, session: Session, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        names = search.departments(session)
        self.region.choices = [("", "Elige una"), *((name, name) for name in names)]

    @property
    def place(self) -> str:
        """The place as the table keeps it."""
        if self.scope.data == "region":
            return str(self.region.data)
        return str(self.entity.data).upper() if self.scope.data == "entity" else ""

    def day(self) -> NonWorkingDay:
        """Return the row of a valid form."""
        return NonWorkingDay(
            on=self.on.data, scope=self.scope.data, place=self.place, norm=self.norm.data
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Require a working day, at a place that exists, not yet off in the same scope."""
        good = bool(super().validate(extra_validators))
        if good:
            for field, sentence in self.faults():
                add_error(field, sentence)
        return not self.errors

    def faults(self) -> Iterator[tuple[Any, str]]:
        """Yield faults of values that are valid one by one: the field, and the sentence."""
        if self.scope.data == "entity" and not self.entity_exists():
            yield self.entity, f"No hay ninguna entidad de código {self.place}."
        if sentence := fault_of(cast("date", self.on.data)):
            yield self.on, sentence
        elif norm := self.already():
            yield self.on, f"Ese día ya está en el calendario, para ese lugar ({norm})."

    def entity_exists(self) -> bool:
        """Return whether the catalogue has the entity."""
        found = self.session.scalar(select(Entity.id).where(Entity.code == self.place))
        return found is not None

    def already(self) -> str | None:
        """Return the norm by which the day is off in the same scope and place, if it is."""
        return self.session.scalar(
            select(NonWorkingDay.norm).where(
                NonWorkingDay.on == self.on.data,
                NonWorkingDay.scope == self.scope.data,
                NonWorkingDay.place == self.place,
            )
        )


def fault_of(on: date) -> str:
    """Return why a date needs no decree, or can have none; "" where it can."""
    first, last = calendar.YEARS[0], calendar.YEARS[-1]
    if on.year not in calendar.YEARS:
        return f"Escribe una fecha de {first} a {last}: son los años que el calendario conoce."
    if name := calendar.national_holidays(on.year).get(on):
        return f"El {formatting.day(on)} ya es feriado nacional ({name})."
    if on.weekday() > 4:
        weekday = formatting.WEEKDAYS[on.weekday()]
        return f"El {formatting.day(on)} es {weekday}: ese día no se trabaja."
    return ""
