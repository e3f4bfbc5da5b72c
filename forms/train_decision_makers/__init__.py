"""Capacitar a los sujetos con capacidad de decisión pública: attendance, by post.

A person who attended once is trained: when the step comes back, it asks only for those who were
absent or on leave. Leave does not hold up the entity; an absent person does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import Any

from forms import Given, Page
from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.fields import DateField, TextField
from forms.fields.people import full_name, identity_of, key_of
from forms.shapes.attendance import lists_of, names_of
from forms.shapes.attendance_by_name import AttendanceByName, prefilled_by_name
from forms.shapes.attendance_sheet import AttendanceSheet, HasSheet, SheetGroup
from forms.shapes.days import past
from forms.shapes.decision_makers import in_office, invented_posts
from forms.shapes.signing import as_is_field, file_of

NEEDS = ("decision_makers", "decision_training")
GIVES = ("decision_training",)


class Form(HasSheet, AttendanceByName):
    """The training of the decision-makers."""

    heading = "Capacita a los sujetos con capacidad de decisión pública"
    lead = (
        "Capacita a quienes ocupan los cargos de la relación y di quiénes no asistieron. Si "
        "alguien falta, la tarea vuelve hasta que también se capacite."
    )
    button = "Enviar la asistencia"
    outcomes = ("trained", "incomplete")
    fresh = ("held_on", "listed", "roll", "lists")
    pages = (
        Page(
            "capacitacion",
            heading,
            ("held_on", "topic", "listed", "roll", "lists", "as_is_lists"),
        ),
    )

    held_on = DateField(
        "¿Qué día fue la capacitación?",
        hint="Día/mes/año",
        needed="Escribe el día de la capacitación.",
        rules=(past,),
    )
    topic = TextField("Tema", needed="Escribe el tema de la capacitación.")
    lists = lists_of("decision_makers_lists")
    as_is_lists = as_is_field("lists")

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return those who were on leave the last time; the absent ones are expected again."""
        earlier = (given.get("decision_training") or {}).get("people", [])
        on_leave = [person for person in earlier if person["status"] == "leave"]
        posts = in_office(given.get("decision_makers"), given["today"])
        return prefilled_by_name(posts, on_leave)

    def prepare(self) -> None:
        """List the people who are not trained yet."""
        super().prepare()
        if "roll" in self:
            self.roll.nobody = "No marcaste a nadie como asistente."
            if not self.roll.searches:
                self.roll.description = (
                    "Están todas las personas que faltan capacitar. Marca solo a quienes no "
                    "asistieron."
                )

    def grouped(
        self, people: list[dict[str, Any]]
    ) -> Sequence[tuple[str, Sequence[Mapping[str, Any]]]]:
        """Return the people as one group."""
        return [("A quiénes hay que capacitar", people)]

    def already(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Return the people who attended an earlier session, by document."""
        earlier = (self.given.get("decision_training") or {}).get("people", [])
        return {key_of(one): one for one in earlier if one["status"] == "present"}

    def holders(self) -> list[dict[str, Any]]:
        """Return everybody in office today, once, with their posts."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for post in in_office(self.given.get("decision_makers"), self.today):
            person = found.setdefault(key_of(post), {**identity_of(post), "posts": []})
            person["posts"].append(post["post"])
        return list(found.values())

    def people(self) -> list[dict[str, Any]]:
        """Return the people who are not trained yet."""
        return [person for person in self.holders() if key_of(person) not in self.already()]

    def sheet(self) -> AttendanceSheet:
        """Return the sheet of the people who are not trained yet."""
        people = sorted(self.people(), key=full_name)
        group = SheetGroup("Sujetos con capacidad de decisión pública", people)
        return AttendanceSheet("Capacitación", [group])

    def missing(self) -> list[dict[str, Any]]:
        """Return the people who were absent without leave."""
        return [person for person in self.attendance() if person["status"] == "absent"]

    def outcome(self) -> str:
        """Return trained if nobody is absent."""
        return "incomplete" if self.missing() else "trained"

    def answer(self) -> dict[str, Any]:
        """Return everybody in office with their status; earlier attendance counts."""
        trained = self.already()
        before = [
            person | {key: trained[key_of(person)][key] for key in ("status", "reason", "held_on")}
            for person in self.holders()
            if key_of(person) in trained
        ]
        fresh = [person | {"held_on": self.held_on.iso} for person in self.attendance()]
        return {
            "decision_training": {
                "held_on": self.held_on.iso,
                "topic": self.topic.data,
                "people": before + fresh,
                "file": file_of(self.lists),
            }
        }

    def reason(self) -> str:
        """Return who is absent."""
        missing = self.missing()
        return f"Falta capacitar a:\n{names_of(missing)}" if missing else ""


TODAY = date(2026, 11, 9)
POSTS = invented_posts()
GIVEN = {"today": TODAY, "decision_makers": POSTS}
GOOD = {
    "held_on": "06/11/2026",
    "topic": "Qué es gestionar intereses y qué se registra",
    "lists": SAMPLE_FILE,
}
ABSENT = POSTS[1] | {"status": "absent", "reason": "En comisión de servicio"}
EARLIER = {
    "people": [
        POSTS[0] | {"posts": [], "status": "present", "reason": "", "held_on": "2026-11-06"},
        POSTS[1] | {"posts": [], "status": "absent", "reason": "", "held_on": "2026-11-06"},
    ]
}


def everybody(given: Mapping[str, Any], _random: Random) -> dict[str, Any]:
    """Return an attendance of everybody."""
    return GOOD | {"held_on": given["today"]}


def one_absent(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return an attendance from which one person is absent."""
    posts = in_office(given.get("decision_makers"), given["today"])
    missing = {**random.choice(posts or POSTS), "status": "absent", "reason": ""}
    return everybody(given, random) | {"roll": [missing]}


ACCEPTS = (
    Example("trained", everybody),
    Example(
        "trained",
        GOOD | {"roll": [ABSENT | {"status": "leave", "reason": "Vacaciones"}]},
        name="con alguien de vacaciones",
    ),
    Example("trained", GOOD, {"decision_training": EARLIER}, "vino quien faltaba"),
    Example("incomplete", one_absent),
)
REFUSES = (
    Refusal("sin nada", {}, {"held_on": "el día", "topic": "el tema", "lists": "Sube el PDF"}),
    Refusal(
        "alguien que no ocupa ningún cargo",
        GOOD | {"roll": [ABSENT | {"document_number": "00000999"}]},
        {"roll": "no hay nadie con el documento DNI 00000999"},
    ),
    Refusal(
        "alguien que ya se capacitó",
        GOOD | {"roll": [ABSENT | {"document_number": POSTS[0]["document_number"]}]},
        {"roll": "no hay nadie con el documento"},
        {"decision_training": EARLIER},
    ),
    Refusal("mañana", GOOD | {"held_on": "10/11/2026"}, {"held_on": "todavía no llega"}),
)
