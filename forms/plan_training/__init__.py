"""Programar la capacitación del personal: sessions for technical and administrative staff."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from random import Random
from typing import Any

from forms import Page
from forms.case_documents import TrainingSession
from forms.examples import Example, Refusal
from forms.fields import (
    CountField,
    GroupField,
    ListField,
    MomentField,
    Part,
    TextField,
    add_error,
)
from forms.fields.dates import moment_of
from forms.shapes.attendance import GROUPS, attendees, sizes
from forms.shapes.attendance_sheet import AttendanceSheet, HasSheet, training_sheet
from forms.shapes.days import (
    ahead_fault,
    check_on_purpose,
    offer_on_purpose,
    on_purpose_field,
    working_day,
)
from forms.shapes.loading import invented_roster

NEEDS = ("roster", "training_findings", "days_off")
GIVES = ("training",)

#: Calendar days ahead within which the staff is trained.
HORIZON = 120


class SessionPart(Part):
    """One training session."""

    begins = MomentField("Fecha y hora", needed="Escribe la fecha y la hora de la sesión.")
    on_purpose = on_purpose_field()
    minutes = CountField(
        "Duración en minutos",
        least=15,
        most=600,
        needed="Escribe cuántos minutos dura la sesión.",
    )
    place = TextField("Lugar o enlace", needed="Escribe el lugar de la sesión o su enlace.")
    topic = TextField("Tema", needed="Escribe el tema de la sesión.")


class Form(HasSheet):
    """The plan of the training."""

    heading = "Programa la capacitación del personal"
    dictated = True
    lead = (
        "Capacita a quienes usarán la plataforma (administradores y operadores: personal "
        "técnico) y a quienes reciben visitas (personal administrativo). Después de la última "
        "sesión te pediremos la asistencia."
    )
    button = "Guardar la programación"
    outcomes = ("planned",)
    fresh = ("technical", "administrative")
    pages = (
        Page(
            "tecnico",
            "Sesiones para el personal técnico",
            ("technical",),
            "Administradores y operadores del registro.",
        ),
        Page(
            "administrativo",
            "Sesiones para el personal administrativo",
            ("administrative",),
            "Funcionarios que reciben visitas y sujetos con capacidad de decisión pública.",
        ),
    )

    technical = ListField(
        GroupField(SessionPart),
        "Sesiones para el personal técnico",
        hint="Al menos una, en orden de fecha.",
        begins=True,
        most=40,
        add_label="Agregar otra sesión",
    )
    administrative = ListField(
        GroupField(SessionPart),
        "Sesiones para el personal administrativo",
        hint="Al menos una, en orden de fecha.",
        begins=True,
        most=40,
        add_label="Agregar otra sesión",
    )

    def prepare(self) -> None:
        """Offer to confirm each session on a non-working day."""
        if not self.given:
            return
        for group in GROUPS:
            for entry in self[group].entries:
                day = entry.form["begins"].form["date"].data
                offer_on_purpose(entry.form, day, self.given.get("days_off"))

    def sheet(self) -> AttendanceSheet:
        """Return the sheet of each group of the roster."""
        return training_sheet(attendees(self.given.get("roster")))

    def sizes(self) -> dict[str, int]:
        """Return the number of people of the roster in each group."""
        return sizes(attendees(self.given.get("roster")))

    def group_rows(self) -> list[tuple[str, int]]:
        """Return the names of the groups with their numbers of people."""
        return [(GROUPS[group], number) for group, number in self.sizes().items()]

    def check(self) -> None:
        """Check that sessions lie ahead, in order, and that each group with people has one."""
        found = self.sizes()
        for group in GROUPS:
            entries = self[group].entries
            # Even with nobody to train, the process needs a session to wait for.
            if not entries and (found[group] or (group == "technical" and not any(found.values()))):
                add_error(self[group], f"{GROUPS[group]}: agrega al menos una sesión.")
            self._check_order(entries)

    def _check_order(self, entries: list[Any]) -> None:
        last = None
        for entry in entries:
            begins = entry.form["begins"]
            day = begins.form["date"]
            if begins.moment is None or day.errors:
                continue
            fault = ahead_fault("Fecha", day.data, self.today, HORIZON)
            if not fault and last and begins.moment <= last:
                fault = "Fecha: esta sesión es antes que la anterior. Ponlas en orden de fecha."
            if fault:
                add_error(day, fault)
            else:
                check_on_purpose(entry.form, day)
            last = begins.moment

    def answer(self) -> dict[str, Any]:
        """Return the sessions by group."""
        return {"training": {group: [planned(entry) for entry in self[group]] for group in GROUPS}}


def planned(entry: Any) -> TrainingSession:
    """Return a session as stored in the record."""
    part = entry.form
    return {
        "at": part["begins"].iso,
        "minutes": part["minutes"].number,
        "place": part["place"].data,
        "topic": part["topic"].data,
    }


TODAY = date(2026, 8, 17)
GIVEN = {"today": TODAY, "roster": invented_roster()}


def session(day: date, topic: str, hour: int = 9) -> dict[str, Any]:
    """Return an invented session."""
    return {
        "begins": moment_of(day, time(hour)),
        "minutes": "90",
        "place": "Auditorio de la sede central",
        "topic": topic,
    }


USE = "Uso de la plataforma: ingreso, salida, corrección"
RULES = "Qué visitas se registran y por qué"


def soon(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return a session per group that has people, within the next working days."""
    off = given.get("days_off")
    first = working_day(given["today"], random.randint(1, 3), off)
    found = sizes(attendees(given.get("roster")))
    second = [session(working_day(first, 1, off), RULES, 15)] if found["administrative"] else []
    return {"technical": [session(first, USE)], "administrative": second}


GOOD = {
    "technical": [session(date(2026, 8, 20), USE), session(date(2026, 8, 21), USE, 15)],
    "administrative": [session(date(2026, 8, 24), RULES)],
}

ON_HOLIDAY = session(date(2026, 8, 30), RULES)  # Santa Rosa de Lima
DECREED = {"days_off": {"2026-08-24": "DS 001-2026-EJEMPLO"}}

ACCEPTS = (
    Example("planned", soon),
    Example("planned", GOOD, name="dos sesiones para los operadores"),
    Example(
        "planned",
        {"technical": [session(date(2026, 8, 20), USE)]},
        {"today": TODAY, "roster": invented_roster(others=0)},
        "un grupo sin nadie no necesita sesión",
    ),
    Example(
        "planned",
        GOOD | {"administrative": [ON_HOLIDAY | {"on_purpose": ["2026-08-30"]}]},
        name="en un feriado, a propósito",
    ),
)
REFUSES = (
    Refusal(
        "en un feriado, sin decir que es a propósito",
        GOOD | {"administrative": [ON_HOLIDAY]},
        {"administrative-0-begins-date": "30 de agosto de 2026 no es día hábil"},
    ),
    Refusal(
        "en un feriado, cuando se confirmó otro",
        GOOD | {"administrative": [ON_HOLIDAY | {"on_purpose": ["2026-10-08"]}]},
        {"administrative-0-begins-date": "marca que es a propósito"},
    ),
    Refusal(
        "en un día no laborable por decreto",
        GOOD,
        {"administrative-0-begins-date": "lunes 24 de agosto de 2026 no es día hábil"},
        DECREED,
    ),
    Refusal(
        "nada programado",
        {},
        {"technical": "al menos una sesión", "administrative": "al menos una sesión"},
    ),
    Refusal(
        "una sesión que ya pasó",
        GOOD | {"technical": [session(date(2026, 8, 14), USE)]},
        {"technical-0-begins-date": "a partir de mañana"},
    ),
    Refusal(
        "sesiones sin orden",
        GOOD | {"technical": list(reversed(GOOD["technical"]))},
        {"technical-1-begins-date": "en orden de fecha"},
    ),
    Refusal(
        "una sesión sin lugar ni tema",
        GOOD | {"administrative": [session(date(2026, 8, 24), "") | {"place": ""}]},
        {"administrative-0-place": "el lugar", "administrative-0-topic": "el tema"},
    ),
    Refusal(
        "dentro de un año",
        GOOD | {"administrative": [session(date(2027, 8, 24), RULES)]},
        {"administrative-0-begins-date": "revisa el año"},
    ),
)
