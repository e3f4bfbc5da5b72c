"""The letters of an entity: their sentences, filled from the values of a sheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

#: Words that several papers have. A no-break space joins what must stay on one line.
LAW = "Ley\xa0N.º\xa028024, Ley que regula la gestión de intereses en la administración pública"
REGULATION = "Decreto Supremo N.º\xa0120-2019-PCM"
PCM = "Presidencia del Consejo de Ministros"
SIP = "Secretaría de Integridad Pública"
SGTD = "Secretaría de Gobierno y Transformación Digital"
REGISTERS = {
    "rvl": "Registro de Visitas en Línea",
    "both": "Registro de Visitas en Línea y de Agendas Oficiales",
}
TERMS: Mapping[str, Any] = {
    "law": LAW,
    "regulation": REGULATION,
    "pcm": PCM,
    "sip": SIP,
    "sgtd": SGTD,
    "registers": REGISTERS,
    "present": "Presente",
    "subject": "Asunto",
    "reference": "Referencia",
    "greeting": "De mi consideración:",
    "farewell": "Atentamente,",
    "delegation": "Si firma por delegación, resolución N.º",
}


class Table(TypedDict):
    """A table within a letter; `total` is its last row, [] for none."""

    head: list[str]
    body: list[list[str]]
    total: list[str]


class Letter(TypedDict):
    """A letter of an entity. Place, number and date are not part of it.

    `before` and `after` are the paragraphs around the table; `last` stays with the signature, and
    introduces `enclosed` if there is a list of enclosures. "" and [] for what a letter lacks.
    """

    #: Oficio or Carta.
    name: str
    to: list[str]
    subject: str
    reference: str
    before: list[str]
    table: Table
    after: list[str]
    last: str
    enclosed: list[str]
    #: Below the signature: in which quality the person signs.
    role: str


def designation(sheet: Mapping[str, Any]) -> Letter:
    """Return the oficio that designates the administrator."""
    is_new = sheet["purpose"] == "redesignation"
    new, register = "nuevo " if is_new else "", _register(sheet)
    entity = f", {name}," if (name := sheet["entity"]["name"]) else ""
    instead = ", en reemplazo de quien ejercía esa función," if is_new else ""
    knows = " y tiene conocimientos de informática"
    knows = knows if sheet["holder"]["informatics"] == "Sí" else ""
    by_mail = (
        "La entidad autoriza que los avisos de este procedimiento se le envíen por correo "
        "electrónico, a las direcciones que figuran en el Formato SIP-RVL-001."
    )
    one = "Formato SIP-RVL-001, Designación del administrador"
    both = [f"{one}.", "Formato SIP-RVL-002, Datos del personal del registro."]
    return {
        "name": "Oficio",
        "to": ["Señor(a)", SIP, PCM],
        "subject": f"Designación del {new}administrador del {register}",
        "reference": f"{LAW}, y su Reglamento, aprobado por {REGULATION}",
        "before": [
            "Me dirijo a usted para comunicarle que, en cumplimiento de las normas de la "
            f"referencia, la entidad que represento{entity} designa como {new}administrador del "
            f"{register}{instead} a:"
        ],
        "table": _designees(sheet),
        "after": [
            f"La persona designada está vinculada a la entidad{knows}. Responde por la "
            "administración, el mantenimiento y la actualización del registro, y por la "
            f"coordinación técnica con la {SGTD}.",
            *([by_mail] if sheet["notices_by_email"] == "Sí" else []),
        ],
        "last": f"Se adjunta el {one}, firmado." if is_new else "Se adjuntan, firmados:",
        "enclosed": [] if is_new else both,
        "role": "Máxima autoridad administrativa o quien haga sus veces",
    }


def _designees(sheet: Mapping[str, Any]) -> Table:
    holder, alternate = sheet["holder"], sheet["alternate"]
    designees = [("Titular", holder)] + ([("Alterno", alternate)] if alternate["name"] else [])
    return {
        "head": ["Designación", "Nombres y apellidos", "Documento", "Cargo y unidad"],
        "body": [
            [
                role,
                person["name"] or "—",
                person["document"] or "—",
                (person["post"] or "—") + (f", {unit}" if (unit := person["unit"]) else ""),
            ]
            for role, person in designees
        ],
        "total": [],
    }


def presentation(sheet: Mapping[str, Any]) -> Letter:
    """Return the letter that presents the personnel of the register."""
    register = _register(sheet)
    changed = sheet["purpose"] in ("change_personnel", "upkeep")
    why = (
        f", porque cambió el personal del {register}."
        if changed
        else f", con el fin de que la entidad inicie la puesta en producción del {register}."
    )
    about = "por cambios en el personal" if changed else "para la puesta en producción"
    return {
        "name": "Carta",
        "to": ["Señores", SIP, SGTD, PCM],
        "subject": f"Presentación del Formato SIP-RVL-002 {about} del {register}",
        "reference": f"{LAW}, y su Reglamento, aprobado por {REGULATION}",
        "before": [
            "Me dirijo a ustedes para presentar el Formato SIP-RVL-002, Datos del personal del "
            f"registro, actualizado y firmado por el administrador designado{why}",
            f"La relación tiene {sheet['people']}:",
        ],
        "table": {
            "head": ["Perfil", "Altas", "Bajas", "Personas"],
            "body": sheet["counts"],
            "total": sheet["total"],
        },
        "after": [],
        "last": _contact(sheet["holder"]),
        "enclosed": [],
        "role": "Máxima autoridad administrativa, quien haga sus veces o administrador con "
        "delegación",
    }


def _contact(holder: Mapping[str, str]) -> str:
    """Return the sentence that says who is the administrator; "" if nobody is named."""
    if not holder["name"]:
        return ""
    ways = (
        holder["email"],
        f"teléfono {holder['phone']}" if holder["phone"] else "",
        f"anexo {holder['annex']}" if holder["annex"] else "",
    )
    reached = ", ".join(filter(None, ways))
    called = ", ".join(filter(None, (holder["name"], holder["post"])))
    return (
        f"Para cualquier coordinación, el administrador del registro es {called}"
        f"{f' ({reached})' if reached else ''}."
    )


def _register(sheet: Mapping[str, Any]) -> str:
    return REGISTERS.get(sheet["scope"], REGISTERS["both"])


#: Kind of paper → its letter. Each has a form that presents it (`forms.shapes.own_letters`).
LETTERS: Mapping[str, Callable[[Mapping[str, Any]], Letter]] = {
    "oficio_designacion": designation,
    "carta_presentacion": presentation,
}
