"""The lines of notices, from their values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.base import calendar, formatting
from app.people import access
from forms.shapes.register_figures import month_name


def address(data: Mapping[str, Any]) -> str:
    """Return the owner of the address, and the answer of the other server."""
    answer = data.get("said", "")
    owner = f"{data['person']}, {data['address']}" if data.get("person") else data["address"]
    return f"{owner}. El servidor respondió: {answer}" if answer else owner


def requested(data: Mapping[str, Any]) -> str:
    days = formatting.plural(data["working_days"], "día hábil", "días hábiles")
    return f"{data['person']} pide {days} más para «{data['name']}»"


def on_paper(data: Mapping[str, Any]) -> str:
    why = {
        "no_consent": "la entidad no aceptó notificaciones por correo",
        "no_address": "nadie tiene un correo que funcione",
        "domain_rests": "el correo no sale, porque su dominio rechaza los nuestros",
        "bounced": f"no se pudo entregar el correo a {data.get('address', '')}",
        "not_acknowledged": "no consta que recibieran el correo del "
        + formatting.day(data.get("sent_at")),
    }[data["reason"]]
    return f"«{data['name']}»: {why}"


def lane(data: Mapping[str, Any]) -> str:
    text = f"Nadie puede responder los pasos de: {access.lane_title(data['lane'])}"
    return f"{text}. Tampoco hay quien registre visitas" if data.get("no_desk") else text


def link_ends(data: Mapping[str, Any]) -> str:
    ends = "terminó" if date.fromisoformat(data["until_on"]) < calendar.today() else "termina"
    on = formatting.day(data["until_on"])
    return f"El vínculo de {data['person']} {ends} el {on}: propón una nueva designación"


def administrator_left(data: Mapping[str, Any]) -> str:
    if data.get("unknown"):
        return (
            "La nueva autoridad no sabe si el administrador sigue en la entidad: averígualo. La "
            "próxima confirmación del registro lo vuelve a preguntar"
        )
    text = "La nueva autoridad dice que el administrador ya no trabaja en la entidad"
    if data.get("goes_on"):
        return f"{text}: su cuenta sigue, porque nadie más puede registrar visitas"
    return text


def unplanned(data: Mapping[str, Any]) -> str:
    text = f"Su mandato terminó el {formatting.day(data['ends_on'])}"
    if data.get("planned_by_none"):
        return f"{text}, y ningún plan inició su cambio de autoridad"
    return f"{text}, y el cambio que ya tenía abierto acabó sin otra autoridad"


def continues(data: Mapping[str, Any]) -> str:
    until = formatting.day(data["until_on"])
    return f"Su autoridad continúa hasta el {until}: si anulas su cambio, recupera su cargo"


def month_unread(data: Mapping[str, Any]) -> str:
    return f"Ningún correo llega a la entidad para las cifras de {month_name(data['month'])}"


def leaves(data: Mapping[str, Any]) -> str:
    goes_on = f"sigue {data['heir']}" if data["heir"] else "todavía no sigue nadie"
    return f"{data['person']}, desde el {formatting.day(data['from_on'])}: {goes_on}"


def to_sign(data: Mapping[str, Any]) -> str:
    """Return the number of a constancia that waits for its signature, and why."""
    number = f"Constancia N.º {data['number']}" if data["number"] else "Constancia sin número"
    return f"{number}: {data['why']}"
