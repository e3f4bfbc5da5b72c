"""Attendance of many people: everybody attended, except those who are marked or pasted.

A pasted table has lines of document, status and reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from forms.case_documents import AttendanceCounts
from forms.fields import DocumentField
from forms.fields.identifiers import plain, tidy_document
from forms.fields.people import full_name, identity_of, key_of

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
    """A line about a person who did not attend: the document as written, its position, why."""

    document: str
    status: str
    reason: str
    where: str


def read_row(number: int, row: list[str]) -> tuple[AttendanceException | None, str]:
    """Return the exception of a pasted line, or the sentence that says why it is invalid."""
    where = f"Línea {number}"
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


def names_of(people: Iterable[Mapping[str, Any]], most: int = 20) -> str:
    """Return people as lines of text, at most `most` of them."""
    names = [full_name(person) for person in people]
    more = [f"y {len(names) - most} más"] if len(names) > most else []
    return "\n".join(f"- {name}" for name in [*names[:most], *more])
