"""The upload of an export, its names with their entities, and the batch that imports them."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response
from wtforms import FileField

from app.base import calendar, db, formatting, queries
from app.base.models import Baseline, BaselineName, Entity
from app.base.paging import Paging, page_number
from app.onboarding.batches import checking
from app.onboarding.batches.baseline import presenters
from app.onboarding.batches.baseline.blueprint import ROOT, blueprint, this_baseline
from app.onboarding.batches.kinds.baselines import BASELINE
from app.people import access
from app.register.baseline import bringing, exports
from app.register.importing.reading import LIMITS
from forms.fields import DateField, Part, add_error
from forms.fields.tables import Unreadable

PER_PAGE = 50
#: Exports that the page lists.
LISTED = 50
EARLY = "El archivo tiene visitas del {}: el corte no puede ser anterior."
LATE = "El corte no puede ser un día que todavía no llega."


class ExportForm(Part):
    """An export of the official platform, and the last day that it covers."""

    file = FileField(
        "Archivo de todas las entidades",
        description=f"El Excel de la consulta pública, o CSV: hasta {LIMITS.megabytes} MB y "
        f"{formatting.number(LIMITS.rows)} filas.",
    )
    cut_off_on = DateField(
        "Corte al",
        hint="El último día que abarca el archivo. Día/mes/año.",
        needed="Escribe hasta qué día llega el archivo.",
    )


@blueprint.get(ROOT)
def list_all() -> str:
    """List the exports, and ask for another."""
    access.require("import_baseline")
    queries.must_know(())
    return _page(ExportForm())


@blueprint.post(ROOT)
def upload() -> Response | tuple[str, int]:
    """Read an export, match its names, and store both. No register changes."""
    user_id = access.require("import_baseline").id
    form = ExportForm(request.form)
    posted = request.files.get("file")
    db.session().rollback()  # reading takes a while, in which others must not wait for a lock
    form.validate()
    opened = None
    if posted is None or not posted.filename:
        add_error(form.file, "Elige el archivo.")
    else:
        try:
            opened = exports.read(posted.stream.read(), posted.filename, calendar.now())
        except Unreadable as fault:
            add_error(form.file, str(fault))
    cut_off_on = form.cut_off_on.data or calendar.today()
    if opened is not None and not form.errors and (sentence := _too_soon(opened, cut_off_on)):
        add_error(form.cut_off_on, sentence)
    if opened is None or form.errors:
        return _page(form), 422
    with db.reading() as reading:  # nor while its names are matched
        names = exports.matched(reading, opened)
    session = db.session()
    baseline = exports.store(session, opened, names, cut_off_on, user_id)
    session.commit()
    return redirect(url_for(".show", baseline=baseline.id), 303)


def _too_soon(opened: exports.Opened, cut_off_on: date) -> str:
    """Return why an export cannot cover the days until its cut-off; "" if it can."""
    if cut_off_on > calendar.today():
        return LATE
    if opened.last_on is not None and cut_off_on < opened.last_on:
        return EARLY.format(formatting.day(opened.last_on))
    return ""


def _page(form: ExportForm) -> str:
    session = db.session()
    rows = session.scalars(
        select(Baseline)
        .options(joinedload(Baseline.by), joinedload(Baseline.batch))
        .order_by(Baseline.id.desc())
        .limit(LISTED)
    ).all()
    counts = presenters.counts_of(session, [row.id for row in rows])
    return render_template(
        "baseline/list.html",
        form=form,
        errors={field.id: str(field.errors[0]) for field in form if field.errors},
        rows=[(row, counts[row.id]) for row in rows],
    )


@blueprint.get(f"{ROOT}/<int:baseline>")
def show(baseline: int) -> str:
    """Show the names of an export with their entities, and how many wait to be imported."""
    access.require("import_baseline")
    queries.must_know(("cuales", "q", "pagina"))
    queries.chosen("cuales", presenters.GROUPS)
    return _names_page(this_baseline(baseline))


def _names_page(baseline: Baseline) -> str:
    session = db.session()
    current, typed = request.args.get("cuales", ""), request.args.get("q", "").strip()[:200]
    query = presenters.names_of(baseline.id, current, typed)
    counts = presenters.counts_of(session, [baseline.id])[baseline.id]
    bare = query.with_only_columns(BaselineName.number).order_by(None)
    total = session.scalar(select(func.count()).select_from(bare.subquery())) or 0
    paging = Paging(total, page_number(), PER_PAGE)
    shown = session.scalars(query.limit(paging.size).offset(paging.offset)).all()
    return render_template(
        "baseline/show.html",
        baseline=baseline,
        counts=counts,
        waits=bringing.waiting(session, baseline.id),
        tabs=presenters.tabs(baseline.id, counts, current),
        current=current,
        typed=typed,
        rows=presenters.lines_of(session, shown),
        page=paging,
    )


@blueprint.post(f"{ROOT}/<int:baseline>/preparar")
def prepare(baseline: int) -> Response:
    """Freeze the entities whose visits wait as a batch; a person confirms it there."""
    user, session, row = access.require("import_baseline"), db.session(), this_baseline(baseline)
    ids = [one.entity_id for one in bringing.waiting(session, row.id)]
    if not ids:
        flash("No hay visitas de ninguna entidad por importar.", "message")
        return redirect(url_for(".show", baseline=row.id), 303)
    known: dict[int, Entity] = {}
    for start in range(0, len(ids), 500):
        some = select(Entity).where(Entity.id.in_(ids[start : start + 500]))
        known |= {one.id: one for one in session.scalars(some)}
    data: dict[str, Any] = {
        "baseline": row.id,
        "source": f"Plataforma oficial, corte al {formatting.day(row.cut_off_on)}",
        "chosen": row.file_name,
    }
    entities = [known[key] for key in ids]
    batch = checking.from_list(session, BASELINE, entities, user.id, data)
    row.batch_id = batch.id
    session.commit()
    return redirect(url_for("batches.show", batch=batch.id), 303)
