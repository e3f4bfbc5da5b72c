"""The page on which the attendance of a session is marked; it ends in a batch to be confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from flask import abort, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.base import calendar, db
from app.base.models import InductionSession, User
from app.onboarding import batches
from app.onboarding.induction_sessions.attendance import (
    fixing,
    listed,
    posted,
    sheet,
)
from app.onboarding.induction_sessions.attendance.blueprint import ROOT, freeze
from app.onboarding.induction_sessions.attendance.blueprint import blueprint as blueprint
from app.onboarding.induction_sessions.attendance.listed import Listed, People
from app.onboarding.induction_sessions.attendance.posted import ListForm, Marks, SheetForm
from app.onboarding.induction_sessions.attendance.sheet import Attendee, Line
from app.people import access
from forms.drafts import as_formdata
from forms.shapes import participants

#: Entities of one page and of one batch: their inputs fit into a post.
PER_PAGE = 150
#: Other people of an entity that the page lists; of all entities at most `posted.MOST_OTHERS`.
FEW_OTHERS = 12
NOT_BEGUN = "La sesión todavía no empieza: registra la asistencia cuando ya se dio."


@dataclass
class SheetPage:
    """The sheet of a session for a user, before its page is made."""

    row: InductionSession
    user: User
    lines: list[Line]
    people: People
    form: SheetForm
    list_form: ListForm = field(default_factory=ListForm)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, session_id: int, formdata: MultiDict[str, str] | None = None) -> SheetPage:
        """Load the sheet of a session that was not cancelled. Otherwise 404."""
        user, session = access.require("publish_sessions"), db.session()
        row = session.get(InductionSession, session_id)
        if row is None or row.cancelled:
            abort(404)
        lines = sheet.lines_of(session, row, user)
        first = [one for one in lines if one.is_open][:PER_PAGE]
        found = sheet.people_of(session, [one.task for one in first if one.task])
        people = [(one, found[one.task.id]) for one in first if one.task]
        if formdata is None or "held-date" not in formdata:
            formdata = MultiDict(as_formdata(SheetForm, {"held": row.at.isoformat()}))
        return cls(row, user, lines, people, SheetForm(formdata))

    @property
    def has_begun(self) -> bool:
        """Whether the session has begun; before, no attendance is marked."""
        return self.row.at <= calendar.now()

    def others(self) -> People:
        """Return the people of the session who are not on the page."""
        shown = {line.name for line, _ in self.people}
        rest = [(one, one.task) for one in self.lines if one.task and one.name not in shown]
        found = sheet.people_of(db.session(), [task for _, task in rest])
        return [(line, found[task.id]) for line, task in rest]

    def render(self, found: Listed) -> str:
        """Return the page. `found`: what is marked, and what a file says."""
        if fault := self.errors.get("list"):
            self.list_form.list.errors = [fault]
        return render_template(
            "sessions/attendance.html",
            row=self.row,
            name=sheet.name_of(self.row),
            fix_until=max(fixing.lists(db.session(), self.row).values(), default=None),
            has_begun=self.has_begun,
            form=self.form,
            list_form=self.list_form,
            errors=self.errors,
            lines=_shown(self.people, found.marks),
            later=sum(1 for line in self.lines if line.is_open) - len(self.people),
            closed=[line for line in self.lines if not line.is_open],
            found=found,
            most_unknown=listed.MOST_UNKNOWN,
            nobody=listed.NOBODY,
        )


@blueprint.get(ROOT)
def show(session_id: int) -> str:
    """Show the sheet: who has a seat, and what is recorded already."""
    return SheetPage.of(session_id).render(Listed())


@blueprint.post(f"{ROOT}/lista")
@db.only_reads
def take_list(session_id: int) -> str | tuple[str, int]:
    """Mark by a table of who came, with the marks of the page. Nothing is stored.

    `rest`: mark who has no mark yet as attended or absent instead.
    """
    access.require("publish_sessions")
    upload = request.files.get("list")
    db.session().rollback()  # no transaction is open while a file is read
    fault, table = "", []
    try:
        if upload and upload.filename:
            table = participants.read(upload.filename, upload.stream)
    except participants.Unreadable as reason:
        fault = str(reason)
    found = SheetPage.of(session_id, request.form)
    said = Listed.of_page(found.people, request.form)
    said.settle(found.people)
    lines = ListForm(request.form)
    if not lines.validate():
        found.list_form, found.errors = lines, {"pasted": str(lines.pasted.errors[0])}
        return found.render(said), 422
    rows = ((number, cells[0]) for number, cells in lines.pasted.rows(1))
    table = table or participants.of_lines(list(islice(rows, participants.LIMITS.rows)))
    if not found.has_begun:
        found.errors = {"": NOT_BEGUN}
    elif fault:
        found.errors = {"list": fault}
    elif table:
        said.add(found.people, table, found.others())
    elif request.form.get("rest") in posted.STATUSES:
        said.mark_rest(found.people, request.form["rest"])
    else:
        found.errors = {"list": "Elige el archivo, o pega los nombres."}
    return (found.render(said), 422) if found.errors else found.render(said)


@blueprint.post(ROOT)
@db.only_reads
def review(session_id: int) -> Response | str | tuple[str, int]:
    """Freeze what is marked as a batch with its dry run. No step is answered.

    With a table that was not used yet, mark the sheet by it first.
    """
    if ((upload := request.files.get("list")) and upload.filename) or request.form.get("pasted"):
        return take_list(session_id)
    found = SheetPage.of(session_id, request.form)
    if not found.has_begun:
        found.errors = {"": NOT_BEGUN}
        return found.render(Listed()), 422
    form, said = found.form, Listed.of_page(found.people, request.form)
    if not form.validate() or said.errors or not found.people:
        faulty = [one for one in form.held.form if one.errors]
        found.errors = {one.id: str(one.errors[0]) for one in faulty} | said.errors
        return found.render(said), 422
    said.settle(found.people)
    data = {
        "session": found.row.id,
        "session_name": sheet.name_of(found.row),
        "held": form.held.iso,
    }
    rows = posted.rows_of([line for line, _ in found.people], said.marks)
    frozen = [(entity, dict(answer)) for entity, answer in rows]
    batch_id = freeze(batches.ATTENDANCE, frozen, found.user.id, data)
    return redirect(url_for("batches.show", batch=batch_id), 303)


@dataclass(frozen=True)
class Shown:
    """An entity of the page: its designated people, the others that are listed, its marks.

    `hidden`: how many others are not listed.
    """

    line: Line
    people: Sequence[Attendee]
    others: Sequence[Attendee]
    hidden: int
    marks: Marks


def _shown(people: People, marks: Mapping[str, Marks]) -> list[Shown]:
    """Return the entities of the page: of the others of long rosters, those who are marked.

    The page has at most `posted.MOST_OTHERS` boxes, so that its post is not too large.
    """
    found, left = [], posted.MOST_OTHERS - sum(len(one.others) for one in marks.values())
    for line, every in people:
        others = [one for one in every if one.role == "other"]
        marked = marks.get(line.name, Marks())
        listed_ones = [one for one in others if one.value in marked.others]
        more = len(others) - len(listed_ones)
        if len(others) <= FEW_OTHERS and more <= left:
            listed_ones, left = others, left - more
        designated = [one for one in every if one.role != "other"]
        hidden = len(others) - len(listed_ones)
        found.append(Shown(line, designated, listed_ones, hidden, marked))
    return found
