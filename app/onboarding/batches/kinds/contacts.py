"""The import of contacts: how to reach the mesa de partes of each entity, and the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.base import audit_log, calendar, formatting
from app.base.models import Batch, Entity
from app.onboarding.batches.kind import Column, Data, Kind, Plan, Refused, Row
from app.people import addresses
from app.people.addresses.desk_contact import FIELDS, LIMITS
from forms.fields import identifiers
from forms.fields.dates import read_date
from forms.fields.rules import has_control, has_document_number

COLUMNS = (
    Column(
        "email",
        "Correo de mesa de partes",
        ("correo", "correo electronico", "email", "e mail", "mesa de partes"),
        required=True,
        example="mesadepartes@entidad.example.pe",
        help="Ahí llega el código de activación. Vacío: se conserva el que ya se conoce.",
    ),
    Column(
        "phone",
        "Teléfono",
        ("telefono de la entidad", "telefonos", "central telefonica", "phone"),
        example="01 555 0100",
        help="Con su código de ciudad. Vacío: se conserva el que ya se conoce.",
    ),
    Column(
        "authority",
        "Máxima autoridad",
        ("autoridad", "titular", "alcalde", "maxima autoridad administrativa", "authority"),
        example="Ana Persona Quispe Ejemplo",
        help="Nombres y apellidos, sin número de documento.",
    ),
    Column(
        "source",
        "Fuente",
        ("fuente del dato", "origen", "source"),
        required=True,
        example="Directorio de mesas de partes digitales",
        help="De dónde sale el dato.",
    ),
    Column(
        "on",
        "Fecha",
        ("fecha del dato", "fecha de la fuente", "actualizado el", "date"),
        required=True,
        example="05/08/2026",
        help="De qué día es el dato, como día/mes/año. Uno más antiguo no reemplaza al que ya "
        "se conoce.",
    ),
)


def _read(cells: Mapping[str, str]) -> Data:
    """Return the values of a row. Raises Refused with everything that is wrong with it."""
    data: Data = {name: cells[name] for name in (*FIELDS, "source") if cells[name]}
    faults = list(_faults(cells))
    try:
        day = read_date(cells["on"])
    except ValueError:
        faults.append("Escribe la fecha como día/mes/año." if cells["on"] else "Falta la fecha.")
    else:
        data["on"] = day.isoformat()
        if day > calendar.today():
            faults.append("La fecha todavía no llega.")
    if faults:
        raise Refused(" ".join(faults))
    return data


def _lock(session: Session, entity: Entity) -> None:
    """Lock the row of the entity, and read it again."""
    session.refresh(entity, with_for_update={"key_share": True})


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: what would change of each entity."""
    wanted = {data["email"].casefold() for _, data in rows if "email" in data}
    dead = addresses.dead_of(session, wanted)
    return [_plan(entity, data, dead) for entity, data in rows]


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    """Store the values of a row, and log old and new values."""
    changed = _changes(entity, data)
    before = entity.contact_email
    for name, (_, new) in changed.items():
        setattr(entity, name, date.fromisoformat(new) if name == "contact_on" else new)
    audit_log.write(
        session,
        "entity.contact_changed",
        actor_id=batch.confirmed_by_id,
        entity_id=entity.id,
        changed=changed,
        batch=batch.id,
    )
    session.flush()
    if "contact_email" in changed:
        addresses.replaced(session, before, entity.contact_email, batch.confirmed_by_id)
    return f"Se guardó. {_sentence(changed)}".strip()


def _details(data: Data) -> list[str]:
    """Return the source of the row and its day."""
    if "on" not in data:
        return []
    return [f"{data['source']}, {formatting.day(data['on'])}"]


def _faults(cells: Mapping[str, str]) -> Sequence[str]:
    """Return the faults of the texts of a row."""
    found = []
    if not any(cells[name] for name in FIELDS):
        found.append("No trae correo, teléfono ni autoridad.")
    if cells["email"] and identifiers.email_fault(cells["email"]):
        found.append("El correo no está completo.")
    if cells["phone"] and identifiers.phone_fault(cells["phone"]):
        found.append("El teléfono no es uno: son de 6 a 15 dígitos.")
    if not cells["source"]:
        found.append("Falta la fuente.")
    if any(has_document_number(cells[name]) for name in LIMITS):
        found.append("No escribas números de documento en la autoridad ni en la fuente.")
    for name, most in LIMITS.items():
        if len(cells[name]) > most or has_control(cells[name]):
            found.append("La autoridad o la fuente tiene demasiadas letras o signos extraños.")
            break
    return found


def _plan(entity: Entity, data: Data, dead: frozenset[str]) -> Plan:
    if not entity.active:
        return Plan("refused", "La entidad está desactivada en el catálogo.")
    if entity.contact_on and entity.contact_on.isoformat() > data["on"]:
        at = formatting.day(entity.contact_on)
        return Plan("refused", f"Ya se conoce un contacto más reciente, del {at}.")
    changed = _changes(entity, data)
    if not changed:
        return Plan("same", "Ya está así.")
    if "contact_email" in changed and data["email"].casefold() in dead:
        return Plan("refused", "A ese correo no llegan mensajes: los anteriores se devolvieron.")
    message = _sentence(changed)
    return Plan("do", message or "Es el mismo contacto, con una fuente más reciente.")


def _changes(entity: Entity, data: Data) -> dict[str, list[Any]]:
    """Return the changes of the row, by column of Entity: old and new value."""
    new_values = {column: data[name] for name, (column, _) in FIELDS.items() if name in data}
    new_values |= {"contact_source": data["source"], "contact_on": data["on"]}
    current = {name: getattr(entity, name) for name in new_values}
    if current["contact_on"]:
        current["contact_on"] = current["contact_on"].isoformat()
    return {
        name: [current[name] or "", new] for name, new in new_values.items() if current[name] != new
    }


def _sentence(changed: Mapping[str, Sequence[Any]]) -> str:
    """Describe the changes that matter."""
    return " ".join(
        f"{label}: {old} → {new}." if old else f"{label}: {new}."
        for column, label in FIELDS.values()
        if column in changed
        for old, new in [changed[column]]
    )


CONTACTS = Kind(
    id="contacts",
    slug="contactos",
    name="Importación de contactos",
    action="confirm_address",
    fresh=True,
    verb="Vas a guardar el contacto de",
    summary="Correo de la mesa de partes, teléfono y autoridad de cada entidad, desde un archivo.",
    columns=COLUMNS,
    introduction=(
        "Sube la lista de correos, teléfonos y autoridades de las entidades. Primero la revisamos "
        "y te decimos, fila por fila, qué cambiaría. Nada cambia hasta que confirmes.",
        "Si algunas filas están mal, las demás se pueden guardar igual. Un dato más antiguo que "
        "el que ya se conoce no lo reemplaza.",
    ),
    read=_read,
    lock=_lock,
    judge=_judge,
    do=_do,
    details=_details,
)
