"""Attendance of many people: everybody attended, except those listed by their document.

A roster has up to 5,000 people, so the form does not ask for 5,000 answers: exceptions are typed
one by one, or pasted as lines of document, status and reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from forms import StepForm
from forms.case_documents import AttendanceCounts
from forms.fields import (
    DocumentField,
    GroupField,
    ListField,
    Part,
    SelectOneField,
    TextField,
    add_error,
)
from forms.fields.identifiers import plain, tidy_document
from forms.fields.pasted import PastedField, some_of
from forms.fields.people import full_name, identity_of, key_of
from forms.shapes.signing import as_is_field

GROUPS = {"technical": "Personal técnico", "administrative": "Personal administrativo"}
#: Profiles that use the platform; everybody else receives visits, and is administrative.
TECHNICAL = frozenset({"administrator", "operator"})

STATUSES = {"absent": "No asistió", "leave": "Con licencia, vacaciones o descanso médico"}
WORDS = {
    "absent": ("ausente", "falta", "falto", "no asistio", "no asiste", "inasistente"),
    "leave": ("licencia", "vacaciones", "descanso", "permiso", "con licencia", "descanso medico"),
}
#: Words that state the reason of a leave by themselves.
SELF_EXPLAINED = frozenset({"vacaciones", "descanso medico"})
HEADERS = ("documento", "numero", "nro", "dni/", "tipo")
STATUS_OF = {word: status for status, words in WORDS.items() for word in words}
#: The beginning of the position of a pasted exception.
LINE = "Línea"
#: Greatest number of exceptions typed one by one; more are pasted.
SHOWN = 10


def group_of(profile: str) -> str:
    """Return the group of a profile of the roster: administrators and operators are technical."""
    return "technical" if profile in TECHNICAL else "administrative"


def attendees(roster: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Return everybody on a roster, once, with their group: technical if any of their rows is."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in roster or ():
        if row["movement"] == "baja":
            continue
        person = found.setdefault(key_of(row), person_of(row))
        if group_of(row["profile"]) == "technical":
            person["group"] = "technical"
    return list(found.values())


def person_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the person of a row, as attendance stores it."""
    return {**identity_of(row), "group": "administrative"}


def sizes(people: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the number of people in each group."""
    found = Counter(person["group"] for person in people)
    return {group: found[group] for group in GROUPS}


def counts(people: Iterable[Mapping[str, Any]]) -> dict[str, AttendanceCounts]:
    """Return per group how many people there are, and how many were present, absent or on leave."""
    numbers = Counter((person["group"], person["status"]) for person in people)
    return {
        group: AttendanceCounts(
            people=sum(numbers[group, status] for status in ("present", *STATUSES)),
            present=numbers[group, "present"],
            absent=numbers[group, "absent"],
            leave=numbers[group, "leave"],
        )
        for group in GROUPS
    }


# Exceptions -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class AttendanceException:
    """A person who did not attend: the document as written, its position, and the reason."""

    document: str
    status: str
    reason: str
    where: str


class ExceptionPart(Part):
    """A person who did not attend."""

    document = TextField(
        "Número de documento",
        needed="Escribe el número de documento.",
        limit=30,
        render_kw={"autocomplete": "off"},
    )
    status = SelectOneField(
        "Qué pasó", (("", "Elige"), *STATUSES.items()), needed="Elige qué pasó."
    )
    why = TextField(
        "Motivo",
        hint="De la licencia hace falta siempre.",
        needed="Escribe el motivo de la licencia.",
        when=("status", "leave"),
        limit=200,
    )


def read_row(number: int, row: list[str]) -> tuple[AttendanceException | None, str]:
    """Return the exception of a pasted line, or the sentence that says why it is invalid."""
    where = f"{LINE} {number}"
    if number == 1 and plain(row[0]).startswith(HEADERS):
        return None, ""
    if len(row) < 2:
        return None, f"{where}: escribe documento; qué pasó; motivo, con punto y coma."
    document, word, why = row[0], row[1], row[2] if len(row) > 2 else ""
    status = STATUS_OF.get(plain(word), "")
    if not status:
        return None, f"{where}: escribe «ausente» o «licencia», no «{word[:40]}»."
    if status == "leave" and not why:
        if plain(word) not in SELF_EXPLAINED:
            return None, f"{where}: escribe el motivo de la licencia."
        why = word.capitalize()
    return AttendanceException(document, status, why[:200], where), ""


def tidied(document: str) -> tuple[str, str]:
    """Return kind ("" if not written) and number; a DNI gets back its lost zeros."""
    found = re.fullmatch(r"(DNI|CE|PASAPORTE)\W*(\w.*)", document.strip().upper())
    kind, number = (found[1], found[2]) if found else ("", document)
    number = tidy_document(kind, number)
    if kind in ("", "DNI") and number.isascii() and number.isdigit() and len(number) < 8:
        number = number.zfill(8)
    return kind, number


class Matcher:
    """An index that finds people by the document as written."""

    def __init__(self, people: Iterable[Mapping[str, Any]]) -> None:
        self.by_number: dict[str, list[tuple[str, str]]] = {}
        for person in people:
            self.by_number.setdefault(person["document_number"], []).append(key_of(person))

    def find(self, document: str, nobody: str) -> tuple[tuple[str, str] | None, str]:
        """Return the person's key, or the sentence that says why there is none."""
        kind, number = tidied(document)
        keys = [key for key in self.by_number.get(number, []) if kind in ("", key[0])]
        if len(keys) == 1:
            return keys[0], ""
        if keys:
            return None, f"hay más de una persona con el número {number}; escribe antes DNI o CE."
        return None, f"{nobody} nadie con el documento {document.strip()[:30]}."


def lists_of(paper: str) -> Any:
    """Return the field for signed attendance lists, which are this official paper."""
    return DocumentField(
        "Listas de asistencia firmadas",
        paper=paper,
        hint="Todas las listas en un solo documento.",
        needed="Sube el PDF con las listas de asistencia firmadas.",
    )


class AttendanceForm(StepForm):
    """The people who did not attend among the step's `people()`, with the signed list."""

    #: The beginning of a sentence about an unknown document.
    nobody: ClassVar[str] = "en la relación no hay"

    exceptions = ListField(
        GroupField(ExceptionPart),
        "Quiénes no asistieron",
        hint="Damos por asistentes a todos los demás. Si asistieron todos, no agregues a nadie.",
        most=SHOWN,
        add_label="Agregar a otra persona",
    )
    pasted = PastedField(
        "Si son muchos, pega aquí la lista",
        hint=(
            "Una persona por línea: número de documento; ausente o licencia; motivo. "
            "Por ejemplo: 01234567; licencia; maternidad"
        ),
        limit=300_000,
    )
    lists = lists_of("attendance_lists")
    as_is_lists = as_is_field("lists")

    def people(self) -> list[dict[str, Any]]:
        """Return everybody who was expected."""
        raise NotImplementedError

    def check(self) -> None:
        """Check that every exception is an expected person, once."""
        fields = [self[name] for name in ("exceptions", "pasted") if name in self]
        if any(any(field.errors) for field in fields):
            return
        _, faults = self.excepted()
        for field, sentences in faults.items():
            add_error(field, some_of(sentences))

    def excepted(self) -> tuple[dict[tuple[str, str], AttendanceException], dict[Any, list[str]]]:
        """Return the exceptions by person, and the errors by field."""
        matcher = Matcher(self.people())
        found: dict[tuple[str, str], AttendanceException] = {}
        faults: dict[Any, list[str]] = {}
        typed = self._typed() if "exceptions" in self else []
        rows = self.pasted.rows(3) if "pasted" in self else []
        read = [read_row(number, row) for number, row in rows]
        if unreadable := [fault for _, fault in read if fault]:
            faults[self.pasted] = unreadable
        for field, one in [*typed, *((self.pasted, one) for one, _ in read if one)]:
            key, fault = matcher.find(one.document, self.nobody)
            if key and key in found:
                fault = f"ese documento está también en: {found[key].where}."
            if fault:
                faults.setdefault(field, []).append(f"{one.where}: {fault}")
            elif key:
                found[key] = one
        return found, faults

    def _typed(self) -> list[tuple[Any, AttendanceException]]:
        """Return the exceptions typed one by one, each with the field of its document."""
        return [
            (
                entry.form["document"],
                AttendanceException(
                    entry.form["document"].data or "",
                    entry.form["status"].data or "",
                    entry.form["why"].data or "",
                    f"Persona {number}",
                ),
            )
            for number, entry in enumerate(self.exceptions, 1)
        ]

    def attendance(self) -> list[dict[str, Any]]:
        """Return everybody expected, with `status` (present, absent, leave) and `reason`."""
        found, _ = self.excepted()
        everybody = []
        for person in self.people():
            one = found.get(key_of(person))
            status, why = (one.status, one.reason) if one else ("present", "")
            everybody.append(person | {"status": status, "reason": why})
        return everybody


def names_of(people: Iterable[Mapping[str, Any]], most: int = 20) -> str:
    """Return people as lines of text, at most `most` of them."""
    names = [full_name(person) for person in people]
    more = [f"y {len(names) - most} más"] if len(names) > most else []
    return "\n".join(f"- {name}" for name in [*names[:most], *more])
