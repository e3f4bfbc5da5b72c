"""The page of a presentation at the mesa de partes: its numbers, days, papers and outcome."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from app.base import db
from app.base.models import Filing
from app.cases import records
from app.onboarding.entities.documents import KINDS
from app.people import access
from app.people.access import this_entity
from forms.shapes.filing_review import GROUNDS
from forms.shapes.observations import said

blueprint = Blueprint("filings", __name__)

#: What came of a presentation, by its result; "" while it is open.
RESULTS = {
    "accepted": "Conforme",
    "not_presented": "No presentada",
    "out_of_scope": "No corresponde",
    "not_filed": "No consta que se presentara",
    "replaced": "Reemplazada por una versión corregida",
    "lapsed": "Venció el plazo para subsanar",
}


@blueprint.get("/entidades/<code>/presentaciones/<int:number>")
def show(code: str, number: int) -> str:
    """Show a presentation of the entity; its papers to those who may read files."""
    session, entity = db.session(), this_entity()
    filing = session.get(Filing, number)
    if filing is None or filing.entity_id != entity.id:
        abort(404)
    plain = records.filing.plain(session, filing)
    return render_template(
        "entities/filing.html",
        entity=entity,
        filing=filing,
        title=KINDS[filing.kind],
        state=RESULTS.get(filing.result) or _open(filing),
        ground=dict(GROUNDS).get(filing.ground, ""),
        papers=plain["signed"] if access.may(access.me(), "read_file", entity) else None,
        discussed=[(said(one), one.get("answer", "")) for one in plain["observations"]],
    )


def _open(filing: Filing) -> str:
    """Return where an open presentation is."""
    if any(not one.get("answer") for one in filing.observations):
        return "Observada: la entidad la subsana"
    return "En revisión" if filing.cut else "En la mesa de partes"
