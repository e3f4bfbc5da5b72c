"""A person in the columns of a file: document, names, post, e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.onboarding.batches.kind import Column
from forms.fields.personnel import tidy_row

#: The fields of a person in a row, as `forms.records.Person`.
KEYS = ("document_type", "document_number", "given_names", "surnames", "post", "email")


def columns_of(
    prefix: str = "", suffix: str = "", *, required: bool = True, example: str = "Analista"
) -> tuple[Column, ...]:
    """Return the columns of one person. `suffix` ends each heading: "del administrador"."""

    def one(
        key: str, label: str, synonyms: tuple[str, ...], sample: str, help_: str = ""
    ) -> Column:
        return Column(
            f"{prefix}{key}",
            f"{label} {suffix}".strip(),
            tuple(f"{word} {suffix}".strip() for word in synonyms),
            required and key not in ("document_type", "email"),
            sample,
            help_,
        )

    return (
        one("document_type", "Tipo de documento", ("tipo", "tipo de doc"), "DNI",
            "DNI, CE o PASAPORTE. Vacío: DNI."),
        one("document_number", "Número de documento", ("documento", "dni", "numero"), "00000123"),
        one("given_names", "Nombres", ("nombre",), "Ana Persona"),
        one("surnames", "Apellidos", ("apellido",), "Quispe Ejemplo"),
        one("post", "Cargo", ("puesto",), example),
        one("email", "Correo electrónico", ("correo", "email"), "ana.persona@entidad.example.pe"),
    )  # fmt: skip


def person_in(cells: Mapping[str, str], prefix: str = "") -> dict[str, Any]:
    """Return the person of a row, tidied as rosters are; "" for empty fields."""
    tidied = tidy_row({key: cells.get(f"{prefix}{key}", "") for key in KEYS})
    person = {key: tidied[key] for key in KEYS}
    if person["document_number"] and not person["document_type"]:
        person["document_type"] = "DNI"
    return person
