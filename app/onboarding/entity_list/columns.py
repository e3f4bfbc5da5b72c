"""The columns of the list of entities: those that exist, and those that a user chose.

A file always has all columns of `export.COLUMNS`; this choice concerns the page alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, request, session
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import User
from app.people import access
from app.people.access import local_path

blueprint = Blueprint("columns", __name__)

#: The most columns next to the entity's name, so that a row stays on two lines at 1280 pixels.
MOST = 7


@dataclass(frozen=True)
class Column:
    """A column of the page, next to the entity's name."""

    label: str
    #: The order (a key of `ordering.ORDERS`) to which its heading leads.
    order: str
    #: Whether it is shown to a user who has not chosen.
    default: bool = False


#: URL value of a column → the column, in the order of the page. `list.html` writes its cells.
COLUMNS: Mapping[str, Column] = {
    "etapa": Column("Etapa", "etapa", default=True),
    "estado": Column("Estado", "estado", default=True),
    "manos": Column("En manos de", "manos", default=True),
    "dias": Column("Días en esas manos", "dias"),
    "total": Column("Días hábiles", "total", default=True),
    "sigue": Column("Qué sigue", "plazo", default=True),
    "nivel": Column("Nivel", "nivel"),
    "region": Column("Región", "region"),
    "sector": Column("Sector", "sector"),
    "sip": Column("Coordinador de la SIP", "coordinador-sip"),
    "sgtd": Column("Coordinador de la SGTD", "coordinador-sgtd"),
}
#: The key of the browser's session with the columns of a choice that was refused.
REFUSED = "refused_columns"
DEFAULT = tuple(name for name, one in COLUMNS.items() if one.default)


def chosen(user: User | None) -> tuple[str, ...]:
    """Return the names of the columns that a user sees. Names that no longer exist are left out."""
    names = user.entity_columns if user else None
    return DEFAULT if names is None else tuple(name for name in COLUMNS if name in names)


def refused() -> list[str] | None:
    """Return once the columns of a choice that was just refused, so that they stay ticked."""
    ticked: list[str] | None = session.pop(REFUSED, None)
    return ticked


@blueprint.post("/entidades/columnas")
def choose() -> Response:
    """Store the ticked columns as those of the user; with `siempre`, forget the choice.

    More than `MOST` are refused: the former choice stands, and the page shows what was ticked.
    """
    user = access.require("list_entities")
    ticked = [name for name in COLUMNS if name in request.form.getlist("columna")]
    if "siempre" in request.form:
        user.entity_columns = None
    elif len(ticked) > MOST:
        session[REFUSED] = ticked
        flash(
            f"Marcaste {len(ticked)} columnas: elige {MOST} como máximo, para que cada fila quepa "
            "en dos líneas. Sigues viendo las de antes.",
            "warning",
        )
    else:
        user.entity_columns = ticked
    db.session().commit()
    return redirect(local_path(request.form.get("volver")), 303)
