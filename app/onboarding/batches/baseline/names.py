"""A name of an export: a person says which entity it is, or that it is none of the catalogue."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import db, queries
from app.base.models import BaselineName, Entity
from app.base.models.entities import matching
from app.onboarding.batches.baseline import presenters
from app.onboarding.batches.baseline.blueprint import ROOT, blueprint, this_baseline
from app.people import access
from app.register.baseline import choices
from app.register.baseline.matching import formerly

#: Entities that a search offers.
OFFERED = 25
#: The value of *none of the catalogue* in the form.
OUTSIDE = "ninguna"
CHOOSE = "Elige la entidad, o di que no está en el catálogo."


@blueprint.route(f"{ROOT}/<int:baseline>/nombres/<int:number>", methods=["GET", "POST"])
def name(baseline: int, number: int) -> Response | str | tuple[str, int]:
    """Ask which entity a name is, and store the answer for this and later exports."""
    user, session = access.require("import_baseline"), db.session()
    row = session.get(BaselineName, (this_baseline(baseline).id, number)) or abort(404)
    queries.must_know(("q",))
    if request.method != "POST":
        return _page(session, row, "")
    chosen = request.form.get("entidad", "")
    entity = session.scalar(select(Entity).filter_by(code=chosen))
    if entity is None and chosen != OUTSIDE:
        return _page(session, row, CHOOSE), 422
    try:
        choices.choose(session, this_baseline(baseline), number, entity, user.id)
    except choices.TooLate:
        session.rollback()
        flash("Las visitas de este nombre ya se importaron: no se cambia.", "warning")
        return redirect(url_for(".show", baseline=baseline), 303)
    session.commit()
    named = entity.name if entity else "ninguna entidad del catálogo"
    flash(f"«{row.name}» es {named}. Lo recordaremos para los próximos archivos.", "success")
    return redirect(url_for(".show", baseline=baseline, cuales="por-confirmar"), 303)


def _page(session: Session, row: BaselineName, fault: str) -> str:
    typed = request.args.get("q", "").strip()[:200]
    if typed:
        offered = session.scalars(
            select(Entity)
            .where(matching(typed))
            .order_by(Entity.name, Entity.id)
            .limit(OFFERED + 1)
        ).all()
    else:
        codes = [code for code, _ in row.candidates]
        found = {
            one.code: one for one in session.scalars(select(Entity).where(Entity.code.in_(codes)))
        }
        offered = [found[code] for code in codes if code in found]
    return render_template(
        "baseline/name.html",
        baseline_id=row.baseline_id,
        row=row,
        visits=presenters.visits_in_words(row),
        how=presenters.HOW[row.match],
        typed=typed,
        offered=[
            # The former name by which the entity is offered; "" if by its present one.
            (one, one.former_name(typed) if typed else formerly(row.name, one))
            for one in offered[:OFFERED]
        ],
        more=len(offered) > OFFERED,
        errors={"entidad": fault} if fault else {},
    )
