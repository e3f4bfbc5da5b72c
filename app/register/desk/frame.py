"""Shared by all pages of a register: the register of the address, and its sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, g, request, url_for

from app.base import db
from app.base.models import Register, User, Visit
from app.people import access
from app.people.access import this_entity
from app.register.facts.values import ENVIRONMENTS, PATHS
from app.register.registers import environments
from app.register.suppression import deciders
from app.register.visits import reserved


@dataclass(frozen=True)
class Section:
    """An entry of the menu of a register: for which users, in which environments."""

    label: str
    endpoint: str
    action: str
    environments: tuple[str, ...] = ("production", "demo")


#: In the order of the day's work.
SECTIONS: tuple[Section, ...] = (
    Section("Ingresos y salidas", "desk.show", "record_visits"),
    Section("Cerrar el día", "closing.close_day", "record_visits"),
    Section("Agenda", "agenda.show", "record_visits"),
    Section("Actos de gestión", "acts.list_acts", "record_visits"),
    Section("Visitas", "kept.list_visits", "see_register"),
    Section("No registrables", "register_days.show_counts", "see_register"),
    Section("Días sin visitas", "register_days.list_empty", "see_register"),
    Section("Cortes", "register_days.list_outages", "see_register"),
    Section("Cartilla de prueba", "script.show", "see_register", ("demo",)),
    Section("Importar visitas", "past.show", "manage_register", ("production",)),
    Section("Ajustes", "settings.show", "manage_register"),
    Section("Constatación", "statements.state", "state_evidence"),
)
#: Pages that also show a register with only imported visits, to the people who decide there.
OF_IMPORTED = frozenset(
    {
        *("kept.list_visits", "kept.show", "kept.hide", "kept.decide"),
        *("kept.list_requests", "kept.answer_request"),
    }
)


def this_register() -> Register:
    """Return the register that the address names (`<code>`, `<env>`); 404 while it is not open."""
    if "register" not in g:
        g.register = _found(PATHS.get((request.view_args or {}).get("env", ""))) or abort(404)
    register: Register = g.register
    return register


def _found(environment: str | None) -> Register | None:
    session, entity = db.session(), this_entity()
    if environment is None:
        return None
    found = environments.find(session, entity, environment)
    if found is not None or environment != "production" or request.endpoint not in OF_IMPORTED:
        return found
    return (
        environments.public(session, entity) if access.may(access.me(), deciders.ACTION) else None
    )


def decides() -> bool:
    """Return whether this user decides about personal data in this register."""
    return deciders.may_decide(db.session(), access.me(), this_register())


def require_decider() -> User:
    """Return the user, who decides about personal data in this register; 404 for any other."""
    user = access.require(deciders.ACTION, this_entity())
    return user if decides() else abort(404)


def this_place() -> dict[str, Any]:
    """Return the parts of an address that say which register it is of."""
    return {"code": this_entity().code, "env": this_register().path}


def sees_reserved() -> bool:
    """Return whether this user may see the names in reserved visits."""
    return access.may(access.me(), "manage_register", this_entity())


def is_hidden(visit: Visit) -> bool:
    """Return whether the visitor of a visit is hidden from this user."""
    if visit.audience != reserved.AUDIENCE or sees_reserved():
        return False
    return reserved.open_review(db.session(), visit) is None or not decides()


def recorder() -> int:
    """Return the id of the user who records here now; 404 without permission."""
    return access.require("record_visits", this_entity()).id


def frame() -> dict[str, Any]:
    """Return what `register/frame.html` shows around each page."""
    if "register" not in g:
        return {}
    register, entity = this_register(), this_entity()
    sections = [
        {
            "label": section.label,
            "url": url_for(section.endpoint, **this_place()),
            "current": request.endpoint == section.endpoint,
        }
        for section in SECTIONS
        if register.environment in section.environments
        and (section.endpoint in OF_IMPORTED or not register.only_imported)
        and access.may(access.me(), section.action, entity)
    ]
    return {
        "entity": entity,
        "register": register,
        "environment": ENVIRONMENTS[register.environment],
        "sections": sections,
    }
