"""Informar la capacitación realizada: the sessions held, and the attendance of the roster."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from forms import Given, Page
from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.fields import (
    DateField,
    GroupField,
    ListField,
    Part,
    SelectOneField,
    add_error,
)
from forms.shapes.attendance import GROUPS, attendees, counts, sizes
from forms.shapes.attendance_by_name import AttendanceByName, prefilled_by_name
from forms.shapes.attendance_sheet import AttendanceSheet, HasSheet, training_sheet
from forms.shapes.days import lima_day, past_fault
from forms.shapes.loading import invented_roster
from forms.shapes.signing import file_of

NEEDS = ("roster", "training", "training_report")
GIVES = ("training_report",)


class HeldPart(Part):
    """A session that was held."""

    group = SelectOneField(
        "Para quiénes", (("", "Elige"), *GROUPS.items()), needed="Elige el grupo."
    )
    on = DateField("Fecha", hint="Día/mes/año", needed="Escribe la fecha de la sesión.")


class Form(HasSheet, AttendanceByName):
    """The report of the training."""

    heading = "Informa la capacitación realizada"
    lead = (
        "Confirma qué sesiones se dieron y di quiénes no asistieron. Quienes estaban con licencia "
        "no cuentan como faltas."
    )
    button = "Enviar el informe"
    outcomes = ("reported",)
    fresh = ("held", "listed", "lists")
    pages = (
        Page("sesiones", "Sesiones que se dieron", ("held",)),
        Page("asistencia", "Asistencia", ("listed", "roll", "lists", "as_is_lists")),
    )

    held = ListField(
        GroupField(HeldPart),
        "Sesiones que se dieron",
        needed="Agrega al menos una sesión.",
        most=80,
        add_label="Agregar otra sesión",
    )

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return the sessions reported and those planned since, and the known exceptions."""
        planned = given.get("training") or {}
        earlier = given.get("training_report") or {}
        sessions = [(one["group"], one["on"]) for one in earlier.get("sessions", [])]
        sessions += [
            (group, lima_day(session["at"]).isoformat())
            for group in GROUPS
            for session in planned.get(group, [])
        ]
        return {
            "held": [{"group": group, "on": on} for group, on in dict.fromkeys(sessions)],
            **prefilled_by_name(attendees(given.get("roster")), earlier.get("people", [])),
        }

    def people(self) -> list[dict[str, Any]]:
        """Return everybody on the roster."""
        return attendees(self.given.get("roster"))

    def sheet(self) -> AttendanceSheet:
        """Return the sheet of each group of the roster."""
        return training_sheet(self.people())

    def group_rows(self) -> list[tuple[str, int]]:
        """Return the names of the groups with their numbers of people."""
        return [(GROUPS[group], number) for group, number in sizes(self.people()).items()]

    def check(self) -> None:
        """Check that sessions were held, one for each group that has people."""
        super().check()
        for entry in self.held:
            on = entry.form["on"]
            fault = past_fault("Fecha", on.data, self.today) if on.data else ""
            if fault and not on.errors:
                add_error(on, fault)
        reported = {entry.form["group"].data for entry in self.held}
        for group, size in sizes(self.people()).items():
            if self.held.entries and size and group not in reported:
                add_error(self.held, f"{GROUPS[group]}: falta la sesión que se le dio.")

    def answer(self) -> dict[str, Any]:
        """Return the report: sessions, everybody by group with status, counts, the lists."""
        people = self.attendance()
        return {
            "training_report": {
                "sessions": [
                    {"group": entry.form["group"].data, "on": entry.form["on"].iso}
                    for entry in self.held
                ],
                "people": people,
                "counts": counts(people),
                "file": file_of(self.lists),
            }
        }


TODAY = date(2026, 8, 31)
GIVEN: dict[str, Any] = {"today": TODAY, "roster": invented_roster()}
HELD = [
    {"group": "technical", "on": "20/08/2026"},
    {"group": "administrative", "on": "24/08/2026"},
]
GOOD = {"held": HELD, "lists": SAMPLE_FILE}


def held_of(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a session today for each group that has people."""
    found = sizes(attendees(given.get("roster")))
    groups = [group for group, size in found.items() if size] or ["technical"]
    return [{"group": group, "on": given["today"]} for group in groups]


def everybody(given: Mapping[str, Any], _random: Random) -> dict[str, Any]:
    """Return a report in which everybody attended."""
    return {"held": held_of(given), "lists": SAMPLE_FILE}


def nobody(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return a report in which nobody attended; the table sends it back to planning."""
    people = attendees(given.get("roster"))
    missing = [person | {"status": "absent", "reason": ""} for person in people]
    return everybody(given, random) | prefilled_by_name(people, missing)


MARKED = {"document_type": "DNI", "reason": ""}
ABSENT = MARKED | {"document_number": "00000202", "status": "absent"}
ON_LEAVE = MARKED | {"document_number": "00000204", "status": "leave", "reason": "Maternidad"}
STRANGER = MARKED | {"document_number": "99999999", "status": "absent"}
FIRST = GIVEN["roster"][0]
ELSEWHERE = f"{FIRST['given_names']} {FIRST['surnames']}\totra@casa.example.pe"

ACCEPTS = (
    Example("reported", everybody),
    Example("reported", GOOD | {"roll": [ABSENT, ON_LEAVE]}, name="marcados por nombre"),
    Example("reported", GOOD | {"listed": "DNI 00000202\n203"}, name="por sus documentos"),
    Example("reported", nobody, name="nadie asistió"),
)
REFUSES = (
    Refusal("sin sesiones ni listas", {}, {"held": "al menos una sesión", "lists": "Sube el PDF"}),
    Refusal(
        "una sesión que no llega",
        GOOD | {"held": [HELD[0], {"group": "administrative", "on": "01/09/2026"}]},
        {"held-1-on": "todavía no llega"},
    ),
    Refusal("falta la sesión de un grupo", GOOD | {"held": HELD[:1]}, {"held": "administrativo"}),
    Refusal(
        "marcado alguien que no está en la relación",
        GOOD | {"roll": [ABSENT, STRANGER]},
        {"roll": "En la relación no hay nadie con el documento DNI 99999999"},
    ),
    Refusal(
        "la misma persona, presente y ausente",
        GOOD | {"roll": [ABSENT | {"status": "present"}, ABSENT]},
        {"roll": "está a la vez como presente y como ausente"},
    ),
    Refusal(
        "una licencia marcada sin motivo",
        GOOD | {"roll": [ON_LEAVE | {"reason": ""}]},
        {"roll": "escribe el motivo de la licencia"},
    ),
    Refusal(
        "una marca que no hay",
        GOOD | {"roll": [ABSENT | {"status": "tarde"}]},
        {"roll": "elige una de las opciones"},
    ),
    Refusal(
        "un nombre con el correo de otra persona",
        GOOD | {"listed": ELSEWHERE},
        {"listed": "escribe su documento"},
    ),
)
