"""Persons in forms: their fields, and the records made from them."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from forms.fields import ChoiceField, EmailField, NameField, Part, TextField, add_error
from forms.fields.identifiers import DOCUMENT_TYPES, document_fault, tidy_document
from forms.records import Identity


class Document(Part):
    """A kind of document and its number, validated together."""

    document_type = ChoiceField(
        "Tipo de documento", DOCUMENT_TYPES, needed="Elige el tipo de documento.", default="DNI"
    )
    document_number = TextField(
        "Número de documento",
        needed="Escribe el número de documento.",
        limit=15,
        render_kw={"autocomplete": "off"},
    )

    def check(self) -> None:
        """Check the number against its kind."""
        check_document(self["document_type"], self["document_number"])


class Name(Document):
    """A person's document and names."""

    given_names = NameField("Nombres", needed="Escribe los nombres.")
    surnames = NameField("Apellidos", needed="Escribe los apellidos.")


class PersonPart(Name):
    """A `forms.records.Person` whose e-mail is required."""

    post = TextField("Cargo", needed="Escribe el cargo.", limit=150)
    email = EmailField("Correo electrónico", needed="Escribe el correo electrónico.")


class AuthorityPart(Name):
    """A `forms.records.Person` whose e-mail is optional: the authority signs on paper."""

    post = TextField("Cargo", needed="Escribe el cargo.", limit=150)
    email = EmailField("Correo electrónico (opcional)")


def check_document(kind: Any, number: Any) -> None:
    """Tidy the number in its field, and reject it if it is no document of that kind."""
    if kind.errors or number.errors or not number.data:
        return
    number.data = tidy_document(kind.data or "", number.data)
    fault = document_fault(kind.data or "", number.data)
    if fault:
        add_error(number, fault)


def person_of(part: Any, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the record of a person's group: document, names, post, e-mail and `names`."""
    base = ("document_type", "document_number", "given_names", "surnames", "post", "email")
    return {name: part[name].data or "" for name in (*base, *names) if name in part}


def key_of(person: Mapping[str, Any]) -> tuple[str, str]:
    """Return the key that distinguishes persons: kind and number of their document."""
    return person["document_type"], person["document_number"]


def identity_of(person: Mapping[str, Any]) -> Identity:
    """Return the document and names of a person; "" for what is missing."""
    return Identity(
        document_type=person.get("document_type", ""),
        document_number=person.get("document_number", ""),
        given_names=person.get("given_names", ""),
        surnames=person.get("surnames", ""),
    )


def full_name(person: Mapping[str, Any]) -> str:
    """Return a person as lists write them: APELLIDOS, Nombres."""
    return f"{person.get('surnames', '')}, {person.get('given_names', '')}".strip(", ")


def masked_document(person: Mapping[str, Any]) -> str:
    """Return a person's document for users of the PCM: `DNI *****678`; "" without a number.

    `app.base.formatting.masked` writes the same; a test compares them.
    """
    kind, number = person.get("document_type", ""), person.get("document_number", "")
    shown = number[-3:] if len(number) > 3 else ""
    return f"{kind} {'*' * (len(number) - len(shown))}{shown}" if number else ""


def document_after(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return a person's masked document; a number other than `before` has says so, because two
    numbers can be masked alike.
    """
    another = before.get("document_number", "") != now.get("document_number", "")
    return masked_document(now) + (" (otro número)" if another else "")


def same_document(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Return whether two records have the same document, and so are the same person."""
    if not one or not other or not one.get("document_number"):
        return False
    keys = ("document_type", "document_number")
    return all(one.get(key) == other.get(key) for key in keys)


SURNAMES = ("Quispe Ejemplo", "Mamani Muestra", "Flores Ficticio", "Rojas Ejemplo", "Díaz Muestra")
GIVEN = ("Ana", "Luis", "Rosa", "Jorge", "Carmen", "Miguel", "Elena", "Óscar", "Julia", "Raúl")


def invented_dni(random: Random) -> str:
    """Return eight random digits for an invented person."""
    return f"{random.randint(1, 99_999_999):08d}"


def invented(random: Random, post: str = "Analista", email: bool = True) -> dict[str, Any]:
    """Return a `forms.records.Person` that is plainly invented."""
    given, surnames = random.choice(GIVEN), random.choice(SURNAMES)
    number = invented_dni(random)
    return {
        "document_type": "DNI",
        "document_number": number,
        "given_names": f"{given} Persona",
        "surnames": surnames,
        "post": post,
        "email": f"persona.{number[-5:]}@example.pe" if email else "",
    }
