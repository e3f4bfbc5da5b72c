"""Acts on many, from the bar under a list: a selection becomes the dry run of a batch.

A list posts `acto` (the slug of a kind) with `codigo` (entities), `tarea` (tasks) or `todas` (all
that the query string of the list finds, or all of the session in `de`). `de` says which list, where
that is not the list of entities. Nothing is done before the batch is confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.base import db, formatting
from app.base.db.membership import among
from app.base.models import Entity, Task, User
from app.cases.records.sessions import guests
from app.onboarding import batches
from app.onboarding.batches import held_files
from app.onboarding.batches.kind import Choosing, Kind, Selection
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.tasks.queue.query import TaskQuery
from app.people import access
from forms.fields import Part

blueprint = Blueprint("acting", __name__)

Answer = Response | str | tuple[str, int]

NOBODY = "No elegiste ninguna entidad."
NO_TASK = "No elegiste ninguna tarea."
NO_ACT = "Elige qué quieres hacer."
#: The most boxes that a page can send. For more, all of the list are meant.
MOST_TICKED = 500
#: Digits of the id of a task: no longer number is one.
LONGEST_ID = 15
#: Start of `de` for the entities with a seat in an induction session; its id follows.
SESSION = "sesion-"


@dataclass(frozen=True)
class Request:
    """What a list posted: codes or ids, or a query of which all entities or tasks are meant."""

    codes: Sequence[str]
    task_ids: Sequence[int]
    all_of_them: bool
    query: EntityQuery
    #: The query of *Mis pendientes*; None: the list is that of entities.
    task_query: TaskQuery | None = None
    #: The page that posted it, if not one of these lists: propuestas, or SESSION with an id.
    origin: str = ""

    @classmethod
    def read(cls, session: Session, user: User, *, all_of_them: bool) -> Self:
        """Read the request. Abort with 404 for what is no id."""
        ids = request.form.getlist("tarea")
        if not all(one.isascii() and one.isdigit() and len(one) <= LONGEST_ID for one in ids):
            abort(404)
        origin = request.values.get("de", "")
        if ids or origin == "tareas":
            chosen = [] if all_of_them else list(dict.fromkeys(map(int, ids)))[:MOST_TICKED]
            return cls([], chosen, all_of_them, EntityQuery(), TaskQuery.of(session, user, _args()))
        of_session = _session_of(origin)
        codes = request.form.getlist("codigo")
        if of_session is not None:
            if request.form.get("todas"):
                found = guests.cases_of(session, of_session)
                codes = [one.entity.code for one in found]
            all_of_them = False
        chosen_codes = [] if all_of_them else list(dict.fromkeys(codes))[:MOST_TICKED]
        return cls(chosen_codes, [], all_of_them, EntityQuery.of(request.args), origin=origin)

    @property
    def of(self) -> str:
        """The list: entities or tasks."""
        return "entities" if self.task_query is None else "tasks"

    def refused(self) -> Response | None:
        """Return to the list if its query has faults and all that it finds are meant."""
        if not self.all_of_them:
            return None
        if self.task_query is None:
            return self.query.refused()
        faults = self.task_query.faults
        return redirect(self.back(" ".join(faults.values())), 303) if faults else None

    @property
    def page_name(self) -> str:
        """The name of the page that posted it (Spanish)."""
        if self.of == "tasks":
            return "Mis pendientes"
        return "Entidades" if _session_of(self.origin) is None else "Sesión"

    def back(self, warning: str = "") -> str:
        """Return the address of the list; flash a warning there."""
        if warning:
            flash(warning, "warning")
        if self.origin == "propuestas":
            return url_for("baselines.proposals")
        if (session_id := _session_of(self.origin)) is not None:
            return url_for("sessions.show", session_id=session_id)
        if self.task_query is None:
            return self.query.address()
        return _with_args(url_for("tasks.inbox"))

    def action(self, slug: str) -> str:
        """Return the address of the page of an act on the same selection."""
        page = "acting.of_all" if self.all_of_them else "acting.of_chosen"
        if self.task_query is None:
            return self.query.address(url_for(page, slug=slug))
        return _with_args(url_for(page, slug=slug), {"de": "tareas"} if self.all_of_them else {})

    def count(self, session: Session) -> int:
        """Return how many entities or tasks were chosen."""
        if not self.all_of_them:
            return len(self.codes) + len(self.task_ids)
        if self.task_query is not None:
            found: Select[Any] = self.task_query.select()
        else:
            found = select(Entity.id).where(self.query.condition(session))
        return session.scalars(select(func.count()).select_from(found.subquery())).one()

    def selection(self, session: Session, user: User) -> Selection:
        """Return the entities or tasks; abort with 404 if the user may not see one of them."""
        if self.task_query is not None:
            ids = self.task_ids
            if self.all_of_them:
                ordered = self.task_query.select().order_by(*self.task_query.order())
                ids = session.scalars(ordered).all()
            return Selection(user, tasks=_tasks(session, ids, user))
        if self.all_of_them:
            return Selection(user, self.query.entities(session))
        return Selection(user, _entities(session, self.codes, user))

    def words(self, session: Session) -> dict[str, Any]:
        """Return how the rows of a batch were chosen, for `Batch.data`."""
        if self.task_query is not None:
            if not self.all_of_them:
                return {"chosen": "De las tareas elegidas en Mis pendientes"}
            said = self.task_query.words() or "sin filtros"
            return {"chosen": f"De todas las tareas de Mis pendientes ({said})"}
        if not self.all_of_them:
            return {"filter": self.query.params, "chosen": "Elegidas una por una"}
        return self.query.for_batch(session)


def _session_of(origin: str) -> int | None:
    """Return the id of the induction session of a page; None for another page."""
    number = origin.removeprefix(SESSION)
    is_id = number.isascii() and number.isdigit() and len(number) <= LONGEST_ID
    return int(number) if is_id and number != origin else None


def _args() -> MultiDict[str, str]:
    """Return the parameters of the list."""
    args = request.args.copy()
    args.poplist("de")
    return args


def _with_args(path: str, more: Mapping[str, str] | None = None) -> str:
    args = urlencode([*_args().items(multi=True), *(more or {}).items()])
    return f"{path}?{args}" if args else path


def _tasks(session: Session, ids: Sequence[int], user: User) -> list[Task]:
    found = session.scalars(
        select(Task)
        .where(among(Task.id, ids))
        .options(joinedload(Task.entity), joinedload(Task.instance))
    ).all()
    known = {task.id: task for task in found if access.may(user, "see_entity", task.entity_id)}
    return [known.get(one) or abort(404) for one in ids]


def _entities(session: Session, codes: Sequence[str], user: User) -> list[Entity]:
    found = session.scalars(
        select(Entity).where(Entity.code.in_(codes)).order_by(Entity.name, Entity.id)
    ).all()
    if len(found) != len(codes) or not all(access.may(user, "see_entity", one) for one in found):
        abort(404)
    return list(found)


@blueprint.post("/entidades/lotes/elegidas")
def begin() -> Answer:
    """Lead a selection to the page of the act that was chosen in the bar."""
    wanted, slug = _read(all_of_them=bool(request.form.get("todas"))), request.form.get("acto")
    if not any(kind.slug == slug for kind in batches.offered(access.me(), wanted.of)):
        return redirect(wanted.back(NO_ACT), 303)
    return _fields(wanted, str(slug))


def _read(*, all_of_them: bool) -> Request:
    user = access.require("run_batches")
    return Request.read(db.session(), user, all_of_them=all_of_them)


@blueprint.route("/entidades/lotes/elegidas/<slug>", methods=["GET", "POST"])
def of_chosen(slug: str) -> Answer:
    """Show the page of an act on chosen entities or tasks; the POST with fields stores its dry run.

    Its address does not say which they are, so it leads back to the list where they are missing.
    """
    return _fields(_read(all_of_them=False), slug)


@blueprint.route("/entidades/lotes/elegidas/<slug>/todas", methods=["GET", "POST"])
def of_all(slug: str) -> Answer:
    """Show the page of an act on all that the query finds; the POST stores its dry run."""
    return _fields(_read(all_of_them=True), slug)


def _fields(wanted: Request, slug: str) -> Answer:
    """Show the fields of an act on a selection; once they are valid, store its dry run."""
    user, session = access.require("run_batches"), db.session()
    kind = next((one for one in batches.offered(user, wanted.of) if one.slug == slug), None)
    if kind is None or (choosing := kind.choosing) is None:
        abort(404)
    if refused := wanted.refused():
        return refused
    count = wanted.count(session)
    if not count:
        return redirect(wanted.back(NOBODY if wanted.of == "entities" else NO_TASK), 303)
    if count > kind.most:
        said = f"Son {formatting.number(count)} y se revisan hasta {formatting.number(kind.most)}"
        return redirect(wanted.back(f"{said} a la vez: filtra la lista."), 303)
    if not wanted.all_of_them:
        wanted.selection(session, user)  # 404 if it is not theirs to see
    form = _form(choosing, user)
    is_sent = request.method == "POST" and ("enviado" in request.form or not list(form))
    if not is_sent:
        return _page(wanted, kind, choosing, count, form)
    posted, user_id = held_files.posted(user.id), user.id
    session.rollback()  # an uploaded file is read without a lock that others would wait for
    form = _form(choosing, session.get_one(User, user_id), posted)
    session.rollback()
    if not form.validate():
        held = held_files.keep(session, form, user_id)
        session.commit()
        return _page(wanted, kind, choosing, count, form, held), 422
    return _stored(session, wanted, kind, choosing, form, user_id)


def _stored(
    session: Session, wanted: Request, kind: Kind, choosing: Choosing, form: Part, user_id: int
) -> Response:
    """Store the dry run of a valid form, and lead to its batch."""
    data = choosing.common(session, form) | wanted.words(session)
    session.commit()  # the dry run takes a while, in which others must not wait for a lock
    with db.reading() as reading:
        selection = wanted.selection(reading, reading.get_one(User, user_id))
        rows = choosing.rows(reading, selection)
        dry_run = batches.check_rows(reading, kind, rows, user_id, data)
    batch = batches.store(session, dry_run)
    session.commit()
    return redirect(url_for("batches.show", batch=batch.id), 303)


def _form(choosing: Choosing, user: User, posted: Any = None) -> Part:
    form = choosing.form(posted)
    choosing.prepare(db.session(), user, form)
    return form


def _page(
    wanted: Request,
    kind: Kind,
    choosing: Choosing,
    count: int,
    form: Part,
    held: Sequence[str] = (),
) -> str:
    one = ("entidad elegida", "entidades elegidas")
    return render_template(
        "batches/act.html",
        kind=kind,
        choosing=choosing,
        wanted=wanted,
        action=wanted.action(kind.slug),
        back=wanted.back(),
        chosen=formatting.plural(
            count, *(one if wanted.of == "entities" else ("tarea elegida", "tareas elegidas"))
        ),
        form=form,
        errors={field.id: str(field.errors[0]) for field in form if field.errors},
        held=held,
    )
