"""The superuser's pages of the catalogue: search, and edit an entity's data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.administration.catalogue import search
from app.base import audit_log, calendar, db, formatting
from app.base.models import Entity
from app.cases.entities import LEVELS, rucs
from app.people import addresses
from app.people.access import require, this_entity
from app.people.accounts.forms import errors_of
from forms.fields import (
    EmailField,
    Part,
    PhoneField,
    RucField,
    SelectOneField,
    TextField,
    TickField,
    UbigeoField,
    WebsiteField,
    identifiers,
)

pages = Blueprint("catalogue", __name__)


class Entry(Part):
    """The data of an entity in the catalogue."""

    name = TextField("Nombre", needed="Escribe el nombre de la entidad.", limit=300)
    acronym = TextField("Sigla (opcional)", limit=40)
    ruc = RucField("RUC (opcional)")
    level = SelectOneField("Nivel de gobierno", LEVELS, needed="Elige el nivel.")
    sector = TextField("Sector (opcional)", limit=100)
    ubigeo = UbigeoField(
        "Distrito (opcional)",
        hint="Su ubigeo, o escribe Distrito, Provincia, Departamento.",
    )
    department = SelectOneField(
        "Región, si no tiene distrito (opcional)",
        hint="Con un distrito, la región sale de él.",
    )
    address = TextField("Dirección (opcional)", limit=300)
    website = WebsiteField("Página web (opcional)")
    phone = PhoneField("Teléfono (opcional)")
    contact_email = EmailField(
        "Correo de su mesa de partes (opcional)",
        hint="Ahí llega el código de activación.",
    )
    active = TickField("La entidad existe y está en el ámbito del registro")


FIELDS = tuple(field.name for field in Entry())


def entry_form(formdata: Any, entity: Entity, departments: list[str]) -> Entry:
    """Return the form of an entity, with the regions that there are."""
    values = {name: getattr(entity, name) for name in FIELDS}
    form = Entry(formdata, data=values)
    form.department.choices = [("", "Ninguna"), *((name, name) for name in departments)]
    return form


@pages.get("/catalogo")
def list_entries() -> str:
    """Search the catalogue."""
    require("manage_catalogue")
    session = db.session()
    wanted, filters = search.filters(session)
    entities, page = search.found(session, wanted)
    return render_template(
        "catalogue/list.html",
        entities=entities,
        page=page,
        q=wanted.q,
        filters=filters,
    )


@pages.route("/catalogo/<code>", methods=["GET", "POST"])
def edit(code: str) -> Response | str | tuple[str, int]:
    """Edit an entity; changes are logged with old and new value."""
    entity = this_entity()
    user = require("manage_catalogue", entity)
    session = db.session()
    posted = request.form if request.method == "POST" else None
    form = entry_form(posted, entity, search.departments(session))
    form["ruc"].taken = rucs.held_by_others(session, entity)
    if posted is None or not form.validate():
        page = render_template(
            "catalogue/edit.html", form=form, errors=errors_of(form), entity=entity
        )
        return page if posted is None else (page, 422)
    changed = apply(form, entity)
    if "contact_email" in changed:
        entity.contact_source, entity.contact_on = "Catálogo de Zaguán", calendar.today()
        addresses.replaced(session, *changed["contact_email"], user.id)
    if changed:
        audit_log.write(
            session, "entity.changed", actor_id=user.id, entity_id=entity.id, changed=changed
        )
    others = settle_ruc(entity, changed, user.id)
    session.commit()
    if changed:
        flash("Guardamos los datos de la entidad.", "success")
    else:
        flash("No cambiaste nada.", "message")
    if others:
        names = formatting.listed([rucs.named(other) for other in others])
        flash(f"El RUC también es de {names}: un coordinador confirma si lo comparten.", "warning")
    return redirect(url_for("catalogue.edit", code=code), 303)


def settle_ruc(
    entity: Entity, changed: Mapping[str, tuple[Any, Any]], actor_id: int
) -> Sequence[Entity]:
    """Follow up on a RUC that changed; return the other entities that have it."""
    session = db.session()
    if "active" in changed and not entity.active:
        rucs.left(session, entity, actor_id)
        return ()
    if "ruc" in changed or "active" in changed:
        old = changed["ruc"][0] if "ruc" in changed else ""
        return rucs.changed(session, entity, old, actor_id)
    return ()


def apply(form: Entry, entity: Entity) -> dict[str, tuple[Any, Any]]:
    """Write the form into the entity; what changed, each with its old and new value."""
    values = {name: form[name].data for name in FIELDS}
    if values["ubigeo"]:
        place = identifiers.place_of(values["ubigeo"]).split(", ")
        values |= dict(zip(("district", "province", "department"), place, strict=True))
    elif entity.ubigeo:
        values |= {"district": "", "province": ""}
    changed = {
        name: (getattr(entity, name), value)
        for name, value in values.items()
        if getattr(entity, name) != value
    }
    for name, (_, value) in changed.items():
        setattr(entity, name, value)
    entity.index()
    return changed | (_undo_extinction(entity) if "active" in changed else {})


def _undo_extinction(entity: Entity) -> dict[str, tuple[str, str]]:
    """Let an entity exist again whose extinction was a mistake; what changed, as `apply` does."""
    if entity.extinct_on is None:
        return {}
    was = {"extinct_on": entity.extinct_on.isoformat(), "extinct_norm": entity.extinct_norm}
    if (successor := entity.successor) is not None:
        names = {entity.name, *entity.former}
        successor.rename_formerly([name for name in successor.former if name not in names])
    entity.extinct_on, entity.extinct_norm, entity.successor = None, "", None
    return {name: (old, "") for name, old in was.items() if old}
