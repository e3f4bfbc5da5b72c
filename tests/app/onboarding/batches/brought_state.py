"""Files of today's state in the tests: rows of entities, their personnel, their posts."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from app.onboarding.batches.kind import CODE as CODE_COLUMN
from app.onboarding.batches.kinds.validating import state_columns
from forms.fields.personnel import COLUMNS as PERSONNEL
from tests.app.onboarding.batches.batched import bring
from tests.app.walk import CODE, Walk, sample_pdf

NEW = "/entidades/lotes/nuevo/convalidacion"
WHY = "Publican sus visitas desde el año pasado"
HEADINGS = {column.key: column.heading for column in (CODE_COLUMN, *state_columns.COLUMNS)}


def person(prefix: str, number: str, email: bool = True) -> dict[str, str]:
    """Return the cells of an invented person."""
    return {
        f"{prefix}document_number": number,
        f"{prefix}given_names": "Ana Persona",
        f"{prefix}surnames": f"Quispe Ejemplo {prefix[0].upper()}",
        f"{prefix}post": "Analista",
        f"{prefix}email": f"persona.{number}@example.pe" if email else "",
    }


def official(prefix: str, number: str) -> dict[str, str]:
    """Return the cells of a designated official."""
    return person(prefix, number) | {
        f"{prefix}unit": "Sistemas",
        f"{prefix}link": "CAS",
        f"{prefix}informatics_how": "Ingeniera de sistemas",
        f"{prefix}phone": "01 5550100",
    }


def state(code: str = CODE, stage: str = "4", **changed: str) -> dict[str, str]:
    """Return the cells of a whole row."""
    return {
        "code": code,
        "stage": stage,
        "reference": "Oficio 0123-2026",
        "ruc": "20131312955",
        "address": "Av. Ejemplo 123",
        "ubigeo": "150101",
        "entity_phone": "01 5550100",
        "website": "https://www.example.pe",
        **person("authority_", "00000701", email=False),
        **official("administrator_", "00000702"),
        **official("alternate_", "00000703"),
        **person("preparer_", "00000704"),
        "go_live_on": "05/01/2026",
        "link": "https://www.example.pe/visitas",
        "officer_given_names": "Elena Persona",
        "officer_surnames": "Rojas Ejemplo",
        "officer_email": "datos@example.pe",
    } | changed


def roster(code: str = CODE, operator: str = "00000705") -> list[list[str]]:
    """Return two rows of the sheet of personnel."""
    return [
        [code, "DNI", "00000702", "Ana Persona", "Quispe Ejemplo", "Analista", "Sistemas",
         "Sede central", "persona.00000702@example.pe", "Administrador", "Alta"],
        [code, "DNI", operator, "Luis Persona", "Mamani Muestra", "Recepcionista", "Mesa",
         "Sede central", "persona.705@example.pe", "Operador", "Alta"],
    ]  # fmt: skip


POST = ["Alcaldesa", "Alcaldía", "Alcalde o alcaldesa", "", "DNI", "00000701", "Rosa Persona",
        "Díaz Ejemplo", "01/01/2023", ""]  # fmt: skip
POST_HEADINGS = ["Cargo", "Unidad", "Fundamento", "Norma", "Tipo", "Número", "Nombres",
                 "Apellidos", "Desde", "Hasta"]  # fmt: skip


def workbook(*rows: dict[str, str], personnel: Any = None, posts: Any = None) -> bytes:
    """Return the rows as a workbook with its sheets."""
    target = io.BytesIO()
    keys = list(HEADINGS)
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Entidades")
        sheet.write_row(0, 0, [HEADINGS[key] for key in keys])
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, [row.get(key, "") for key in keys])
        if personnel is not None:
            people = book.add_worksheet("Personal")
            people.write_row(0, 0, ["Código", *(column.label for column in PERSONNEL)])
            for number, cells in enumerate(personnel, 1):
                people.write_row(number, 0, cells)
        if posts is not None:
            page = book.add_worksheet("Cargos")
            page.write_row(0, 0, ["Código", *POST_HEADINGS])
            for number, cells in enumerate(posts, 1):
                page.write_row(number, 0, cells)
    return target.getvalue()


def ground() -> dict[str, Any]:
    """Return reason and document, as form fields."""
    return {"reason": WHY, "document": (io.BytesIO(sample_pdf()), "sustento.pdf")}


def bring_state(walk: Walk, content: bytes) -> str:
    """Upload a file of today's state; return the address of its batch."""
    return bring(walk.browser("sip"), content, "estado.xlsx", NEW, **ground())
