"""The pages of batches: the list, a file, its dry run, the confirmation, the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as AnyResponse
from wtforms import FileField

from app.base import db, formatting, queries
from app.base.models import Batch, BatchRow, User
from app.base.paging import Paging, page_number
from app.onboarding.batches import checking, doing, held_files, presenters, table
from app.onboarding.batches.kinds import CODE, Kind, from_files, kind_of
from app.onboarding.batches.letters import parts_of
from app.people import access
from forms.fields import Part, add_error

blueprint = Blueprint("batches", __name__)

ROOT = "/entidades/lotes"
PER_PAGE = 50
#: From so many rows on, their number is typed to confirm a batch.
TYPED_FROM = 10


@blueprint.get(ROOT)
def list_batches() -> str:
    """Who did what to many entities and when, the newest first; and what can be begun."""
    queries.must_know(("pagina",))
    session, user = db.session(), access.me()
    total = session.scalar(select(func.count()).select_from(Batch)) or 0
    paging = Paging(total, page_number(), PER_PAGE)
    batches = session.scalars(
        select(Batch)
        .options(joinedload(Batch.by))
        .order_by(Batch.id.desc())
        .limit(paging.size)
        .offset(paging.offset)
    ).all()
    counts = presenters.counts_of(session, batches)
    return render_template(
        "batches/list.html",
        batches=[
            {
                "row": batch,
                "name": kind_of(batch).name,
                "told": presenters.sentence(counts[batch.id], batch),
                "state": presenters.STATES[batch.state],
            }
            for batch in batches
        ],
        files=[kind for kind in from_files() if access.may(user, kind.action)],
        may_start=access.may(user, "start_onboarding"),
        page=paging,
    )


@blueprint.route(f"{ROOT}/nuevo/<slug>", methods=["GET", "POST"])
def new(slug: str) -> AnyResponse | str | tuple[str, int]:
    """Takes a file and says row by row what will be done; it changes nothing."""
    kind, user = _kind(slug)
    if request.method == "GET":
        return _file_page(kind, _form(kind, None))
    posted = held_files.posted(user.id)
    form, upload = _form(kind, posted), posted.get("file")
    # A large file takes a while to read, in which others are not to wait for a lock.
    user_id, opened = user.id, None
    db.session().rollback()
    good = form.validate()
    if upload is None or not getattr(upload, "filename", ""):
        add_error(form.file, "Elige el archivo.")
    else:
        try:
            opened = checking.Upload.of(kind, upload.stream.read(), upload.filename)
        except table.Unreadable as fault:
            add_error(form.file, str(fault))
    if opened is None or not good:
        held = held_files.keep(db.session(), form, user_id)
        db.session().commit()
        return _file_page(kind, form, held), 422
    session = db.session()
    data = kind.common(session, form)
    session.commit()  # nor while each row is looked at
    with db.reading() as looking:
        looked = checking.look_at_file(looking, kind, opened, user_id, data)
    batch = checking.keep(session, looked)
    session.commit()
    return redirect(url_for(".show", batch=batch.id), 303)


def _kind(slug: str) -> tuple[Kind, User]:
    """The kind of an address, and the reader, who may make one; else 404."""
    kind = next((one for one in from_files() if one.slug == slug), None) or abort(404)
    return kind, access.require(kind.action)


def _form(kind: Kind, formdata: Any) -> Any:
    class FileForm(kind.form):  # type: ignore[name-defined]
        """What a kind asks, and its file."""

        file = FileField(
            "Archivo", description=f"Excel (.xlsx) o CSV, hasta 10 MB y {kind.most} filas."
        )

    return FileForm(formdata)


def _file_page(kind: Kind, form: Part, held: Sequence[str] = ()) -> str:
    return render_template(
        "batches/new.html",
        kind=kind,
        columns=(CODE, *kind.columns),
        form=form,
        held=held,
        errors={field.id: str(field.errors[0]) for field in form if field.errors},
    )


@blueprint.get(f"{ROOT}/nuevo/<slug>/plantilla.xlsx")
def template(slug: str) -> Response:
    """The empty workbook of a kind."""
    kind, _ = _kind(slug)
    return Response(
        table.template(kind),
        mimetype=checking.XLSX,
        headers={"Content-Disposition": f'attachment; filename="{slug}.xlsx"'},
    )


@blueprint.get(f"{ROOT}/<int:batch>")
def show(batch: int) -> str:
    """What will be done with each row, or what was done."""
    queries.must_know(("filas", "pagina"))
    queries.chosen("filas", presenters.OUTCOMES)
    return page(_this(batch))


def _this(number: int) -> Batch:
    return db.session().get(Batch, number) or abort(404)


def page(batch: Batch, fault: str = "") -> str:
    """The page of a batch; `fault` is what is wrong with a confirmation."""
    session, kind = db.session(), kind_of(batch)
    counts = presenters.counts_of(session, [batch])[batch.id]
    asked = request.args.get("filas", "")
    rows = presenters.rows_of(batch, asked)
    total = session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    paging = Paging(total, page_number(), PER_PAGE)
    found = session.scalars(rows.limit(paging.size).offset(paging.offset)).all()
    count = counts.plans.get("do", 0) if batch.state == "checked" else 0
    return render_template(
        kind.template,
        batch=batch,
        kind=kind,
        state=presenters.STATES[batch.state],
        counts=counts,
        told=presenters.sentence(counts, batch),
        over=presenters.is_over(batch),
        count=count,
        typed=count >= TYPED_FROM,
        earlier=(earlier := checking.confirmed_before(session, batch)),
        outdated=checking.is_outdated(batch, earlier),
        may_run=access.may(access.me(), kind.action),
        rows=presenters.shown(batch, found),
        tabs=presenters.tabs(batch, counts, url_for(".show", batch=batch.id), asked),
        page=paging,
        parts=parts_of(session, batch) if kind.by_hand else (),
        errors={"cuantas" if count >= TYPED_FROM else "": fault} if fault else {},
    )


@blueprint.post(f"{ROOT}/<int:batch>/confirmar")
def confirm(batch: int) -> AnyResponse | tuple[str, int]:
    """Lets a batch begin, once, and does as much of it as fits into a request."""
    row, user = _mine(batch)
    if kind_of(row).by_hand:
        abort(404)
    typed = request.form.get("cuantas", "").strip().replace(" ", "").replace("\xa0", "")
    count = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else -1
    session = db.session()
    if checking.is_outdated(row, checking.confirmed_before(session, row)):
        flash("El mismo archivo se confirmó después en otro lote: este ya no se hace.", "warning")
        return redirect(url_for(".show", batch=row.id), 303)
    try:
        begun = doing.confirm(session, row.id, count, user.id)
    except doing.CountChanged:
        session.rollback()
        return page(_this(batch), _miscounted(presenters.to_do(session, _this(batch)))), 422
    session.commit()
    if begun:
        _go_on(row.id)
    else:
        flash("Este lote ya se había confirmado o descartado: no se hizo nada más.", "message")
    return redirect(url_for(".show", batch=row.id), 303)


def _mine(number: int) -> tuple[Batch, User]:
    """A batch and the reader, who may run it; else 404."""
    batch = _this(number)
    return batch, access.require(kind_of(batch).action)


def _miscounted(count: int) -> str:
    if not count:
        return "En este lote no hay nada que hacer."
    return f"Escribe {formatting.number(count)}, la cantidad de filas que se harán, para confirmar."


def _go_on(batch_id: int) -> None:
    """Does what fits into a request; what is left is the worker's, which the reader is told."""
    try:
        doing.work(current_app.extensions["engine"], batch_id, seconds=doing.AT_ONCE)
    except OperationalError:
        current_app.logger.warning("a batch waits for the worker", extra={"batch": batch_id})
    left = db.session().scalar(
        select(func.count()).where(
            BatchRow.batch_id == batch_id, BatchRow.plan == "do", BatchRow.result == ""
        )
    )
    if left:
        flash(
            f"El lote está en marcha: faltan {formatting.plural(left, 'fila', 'filas')}. "
            "Sigue solo, aunque cierres esta página.",
            "message",
        )
    else:
        flash("El lote terminó. Abajo está lo que se hizo con cada entidad.", "success")


@blueprint.post(f"{ROOT}/<int:batch>/seguir")
def go_on(batch: int) -> AnyResponse:
    """Goes on with a batch that was confirmed and is not done, without waiting for the worker."""
    row, _ = _mine(batch)
    state = row.state
    db.session().rollback()  # SQLite lets one writer in at a time
    if state == "confirmed":
        _go_on(batch)
    return redirect(url_for(".show", batch=batch), 303)


@blueprint.post(f"{ROOT}/<int:batch>/descartar")
def discard(batch: int) -> AnyResponse:
    """Leaves a batch that was not confirmed."""
    row, user = _mine(batch)
    session = db.session()
    if doing.discard(session, row.id, user.id):
        flash("Descartaste el lote: ninguna entidad cambió.", "success")
    else:
        flash("Este lote ya se había confirmado o descartado.", "message")
    session.commit()
    return redirect(url_for(".list_batches"), 303)


@blueprint.get(f"{ROOT}/<int:batch>/informe.csv")
def report(batch: int) -> Response:
    """Every row with what came of it."""
    return Response(
        presenters.report(db.session(), _this(batch)),
        mimetype="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="lote-{batch}.csv"',
            "Cache-Control": "no-store",
        },
    )
