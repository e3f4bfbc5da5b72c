"""The pages of batches: the list, the upload, the dry run, the confirmation, the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response as AnyResponse
from wtforms import FileField

from app.base import db, formatting, queries
from app.base.files import integrity
from app.base.models import Batch, BatchRow, User
from app.base.paging import Paging, page_number
from app.onboarding.batches import checking, doing, held_files, presenters, table
from app.onboarding.batches.kind import Kind
from app.onboarding.batches.kinds import KINDS, kind_of
from app.people import access, proposals
from app.people.accounts.factor import fresh
from app.register.facts import open_texts
from forms.fields import Part, add_error

blueprint = Blueprint("batches", __name__)

ROOT = "/entidades/lotes"
PER_PAGE = 50
#: From this many rows on, the user types their number to confirm a batch.
TYPED_FROM = 10
#: The parameter with which a reader follows the progress, and the seconds between two pages.
FOLLOW, EVERY = "seguir", 5


@blueprint.get(ROOT)
def list_batches() -> str:
    """List batches, the newest first, and the links to new ones."""
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
                "rows": presenters.sentence(counts[batch.id], batch),
                "state": presenters.STATES[batch.state],
            }
            for batch in batches
        ],
        kinds=[one for one in KINDS if one.has_link and access.may(user, one.action)],
        page=paging,
    )


@blueprint.route(f"{ROOT}/nuevo/<slug>", methods=["GET", "POST"])
def new(slug: str) -> AnyResponse | str | tuple[str, int]:
    """Take a file, and store its dry run. No entity changes."""
    kind, user = _kind(slug)
    if request.method != "POST":
        return _file_page(kind, _form(kind, None))
    posted = held_files.posted(user.id)
    form, upload = _form(kind, posted), posted.get("file")
    # A large file takes a while to read, in which others must not wait for a lock.
    user_id, opened = user.id, None
    db.session().rollback()
    valid = form.validate()
    if upload is None or not getattr(upload, "filename", ""):
        add_error(form.file, "Elige el archivo.")
    else:
        try:
            opened = checking.Upload.of(kind, upload.stream.read(), upload.filename)
        except table.Unreadable as fault:
            add_error(form.file, str(fault))
    if opened is None or not valid:
        held = held_files.keep(db.session(), form, user_id)
        db.session().commit()
        return _file_page(kind, form, held), 422
    session = db.session()
    data = kind.common(session, form)
    session.commit()  # nor while each row is judged
    with db.reading() as reading:
        dry_run = checking.check_file(reading, kind, opened, user_id, data)
    batch = checking.store(session, dry_run)
    session.commit()
    return redirect(url_for(".show", batch=batch.id), 303)


def _kind(slug: str) -> tuple[Kind, User]:
    """Return the kind of a URL, and the user, who may create a batch of it. Otherwise 404."""
    kind = next((one for one in KINDS if one.columns and one.slug == slug), None) or abort(404)
    return kind, access.require(kind.action)


def _form(kind: Kind, formdata: Any) -> Any:
    class FileForm(kind.form):  # type: ignore[name-defined]
        """The form of the kind, and the file."""

        file = FileField(
            "Archivo",
            description="Excel (.xlsx o .xls) o CSV, hasta 10 MB y "
            f"{formatting.plural(kind.most, 'fila', 'filas')}.",
        )

    return FileForm(formdata)


def _file_page(kind: Kind, form: Part, held: Sequence[str] = ()) -> str:
    return render_template(
        "batches/new.html",
        kind=kind,
        columns=kind.headings,
        form=form,
        held=held,
        errors={field.id: str(field.errors[0]) for field in form if field.errors},
    )


@blueprint.get(f"{ROOT}/nuevo/<slug>/plantilla.xlsx")
def template(slug: str) -> Response:
    """Send the template of a kind."""
    kind, _ = _kind(slug)
    return Response(
        table.template(kind),
        mimetype=checking.XLSX,
        headers={"Content-Disposition": f'attachment; filename="{slug}.xlsx"'},
    )


@blueprint.get(f"{ROOT}/<int:batch>")
def show(batch: int) -> AnyResponse:
    """Show a batch: the plan of each row, or its result.

    While rows are being done, a reader who asks for it sees the page anew every few seconds, by a
    header, so that no script is needed. A page that did so unasked would interrupt its readers
    (WCAG 2.2.1).
    """
    queries.must_know(("filas", "pagina", FOLLOW))
    queries.chosen("filas", presenters.OUTCOMES)
    queries.chosen(FOLLOW, ("1",))
    row = _batch(batch)
    answer = make_response(page(row))
    if request.args.get(FOLLOW) and _is_under_way(row):
        answer.headers["Refresh"] = str(EVERY)
    return answer


def _is_under_way(batch: Batch) -> bool:
    return batch.state == "confirmed" and not kind_of(batch).waits(batch)


def _batch(number: int) -> Batch:
    return db.session().get(Batch, number) or abort(404)


def page(batch: Batch, fault: str = "", **more: Any) -> str:
    """Render the page of a batch.

    `fault`: the message about a confirmation; `more`: values in the place of those of the kind.
    """
    session, kind, reader = db.session(), kind_of(batch), access.me()
    counts = presenters.counts_of(session, [batch])[batch.id]
    current = request.args.get("filas", "")
    rows = presenters.rows_of(batch, current)
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
        sentence=presenters.sentence(counts, batch),
        confirmed=presenters.is_confirmed(batch),
        count=count,
        typed=count >= TYPED_FROM,
        lacks=kind.lacks_people(session, batch, (reader,)) if count and reader else "",
        proposal=doing.waiting(session, batch) if count else None,
        proposer=session.get(User, batch.data.get("proposer_id", 0)),
        earlier=(earlier := checking.confirmed_before(session, batch)),
        outdated=checking.is_outdated(batch, earlier),
        facts=[(label, open_texts.masked(text)) for label, text in kind.facts(batch.data)],
        begins=kind.begins(batch),
        waits=kind.waits(batch),
        follows=bool(request.args.get(FOLLOW)),
        may_run=access.may(reader, kind.action),
        rows=presenters.lines_of(batch, found),
        tabs=presenters.tabs(batch, counts, current),
        page=paging,
        **{
            "errors": {"cuantas" if count >= TYPED_FROM else "": fault} if fault else {},
            **kind.page_values(session, batch),
            **more,
        },
    )


@blueprint.post(f"{ROOT}/<int:batch>/confirmar")
def confirm(batch: int) -> AnyResponse | tuple[str, int]:
    """Confirm a batch, once, and do as much of it as a request has time for."""
    row, user = _runnable(batch)
    if kind_of(row).do is None:
        abort(404)
    if asks := _asks(row):
        return asks
    typed = request.form.get("cuantas", "").strip().replace(" ", "").replace("\xa0", "")
    count = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else -1
    session = db.session()
    if checking.is_outdated(row, checking.confirmed_before(session, row)):
        flash("El mismo archivo se confirmó después en otro lote: este ya no se hace.", "warning")
        return redirect(url_for(".show", batch=row.id), 303)
    if proposal := doing.waiting(session, row):
        return redirect(url_for("proposals.show", number=proposal.id), 303)
    try:
        if kind_of(row).lacks_people(session, row, (user,)):
            doing.propose(session, row, count, user.id)
            session.commit()
            flash("Propusiste el lote: ahora lo confirma otra persona.", "success")
            return redirect(url_for(".show", batch=row.id), 303)
        begun = doing.confirm(session, row.id, count, user.id)
    except proposals.Refused as why:
        session.rollback()
        flash(str(why), "warning")
        return redirect(url_for(".show", batch=batch), 303)
    except doing.CountChanged:
        session.rollback()
        return page(_batch(batch), _miscounted(presenters.to_do(session, _batch(batch)))), 422
    session.commit()
    if begun and kind_of(row).waits(row):
        first = kind_of(row).begins(row)
        flash(f"Confirmaste el lote. Empieza solo el {formatting.day(first)}.", "success")
    elif begun:
        _go_on(row.id)
    else:
        flash("Este lote ya se había confirmado o descartado: no se hizo nada más.", "message")
    return redirect(url_for(".show", batch=row.id), 303)


def _runnable(number: int) -> tuple[Batch, User]:
    """Return a batch and the user, who may run it. Otherwise 404."""
    batch = _batch(number)
    return batch, access.require(kind_of(batch).action)


def _asks(batch: Batch) -> AnyResponse | None:
    return fresh.demand() if kind_of(batch).fresh else None


def _miscounted(count: int) -> str:
    if not count:
        return "En este lote no hay nada que hacer."
    return f"Escribe {formatting.number(count)}, la cantidad de filas que se harán, para confirmar."


def _go_on(batch_id: int) -> None:
    """Do the rows that fit in a request, and show how many are left for the worker."""
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
    """Continue a confirmed batch without waiting for the worker."""
    row = _runnable(batch)[0]
    if asks := _asks(row):
        return asks
    state = row.state
    db.session().rollback()  # SQLite lets one writer in at a time
    if state == "confirmed":
        _go_on(batch)
    return redirect(url_for(".show", batch=batch), 303)


@blueprint.post(f"{ROOT}/<int:batch>/detener")
def stop(batch: int) -> AnyResponse:
    """Stop a confirmed batch; finished rows stay done."""
    row, user = _runnable(batch)
    session = db.session()
    if doing.stop_rows(session, row.id, user.id):
        flash("Detuviste el lote. Lo que faltaba no se hará; lo hecho queda.", "success")
    else:
        flash("Este lote ya había terminado.", "message")
    session.commit()
    return redirect(url_for(".show", batch=batch), 303)


@blueprint.post(f"{ROOT}/<int:batch>/descartar")
def discard(batch: int) -> AnyResponse:
    """Discard a batch that was not confirmed."""
    row, user = _runnable(batch)
    session = db.session()
    if doing.discard(session, row.id, user.id):
        flash("Descartaste el lote: ninguna entidad cambió.", "success")
    else:
        flash("Este lote ya se había confirmado o descartado.", "message")
    session.commit()
    return redirect(url_for(".list_batches"), 303)


@blueprint.get(f"{ROOT}/<int:batch>/sustento.pdf")
def ground(batch: int) -> AnyResponse:
    """Send the document that supports a batch of validations."""
    row, _ = _runnable(batch)
    sha256 = (row.data.get("document") or {}).get("sha256") or abort(404)
    name = f"sustento-lote-{row.id}.pdf"
    path = integrity.near(sha256)
    return send_file(path, "application/pdf", as_attachment=True, download_name=name)


@blueprint.get(f"{ROOT}/<int:batch>/informe.csv")
def report(batch: int) -> Response:
    """Send the report: every row with its plan or result."""
    return Response(
        presenters.report(db.session(), _batch(batch)),
        mimetype="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="lote-{batch}.csv"',
            "Cache-Control": "no-store",
        },
    )
