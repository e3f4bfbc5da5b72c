"""The page on which the attendance of a session is marked; it ends in a batch to be confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Response as FlaskResponse
from flask import abort, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.wrappers import Response

from app.base import calendar, db, queries
from app.base.models import InductionSession, User
from app.onboarding import batches
from app.onboarding.induction_sessions.attendance import fixing, listed, posted, sheet, template
from app.onboarding.induction_sessions.attendance.blueprint import ROOT, freeze
from app.onboarding.induction_sessions.attendance.blueprint import blueprint as blueprint
from app.onboarding.induction_sessions.attendance.listed import Confirmed, Listed, People
from app.onboarding.induction_sessions.attendance.posted import Marks, SheetForm
from app.onboarding.induction_sessions.attendance.sheet import Attendee, Line
from app.onboarding.induction_sessions.attendance.template import Filled
from app.people import access
from forms.drafts import as_formdata
from forms.fields import tables
from forms.shapes import participants
from forms.shapes.participants import Participants

#: Entities of one page and of one batch: their inputs fit into a post.
PER_PAGE = 150
#: Other people who are listed on the page: of an entity, and of all.
FEW_OTHERS, MOST_OTHERS = 12, 300


@dataclass
class SheetPage:
    """The sheet of a session for a user, before its page is made."""

    row: InductionSession
    user: User
    lines: list[Line]
    people: People
    form: SheetForm
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
        people = [(one, sheet.people_of(session, one.task)) for one in first if one.task]
        planned = MultiDict(as_formdata(SheetForm, {"held": row.at.isoformat()}))
        return cls(row, user, lines, people, SheetForm(planned if formdata is None else formdata))

    @classmethod
    def held(cls, session_id: int, formdata: MultiDict[str, str] | None = None) -> SheetPage:
        """Load the same of a session that has begun. Otherwise 404."""
        found = cls.of(session_id, formdata)
        return found if found.row.at <= calendar.now() else abort(404)

    def render(self, marks: Mapping[str, Marks], found: Listed | None = None) -> str:
        """Return the page. `found`: what a file says."""
        open_lines = [line for line in self.lines if line.is_open]
        return render_template(
            "sessions/attendance.html",
            row=self.row,
            name=sheet.name_of(self.row),
            fix_until=max(fixing.lists(db.session(), self.row).values(), default=None),
            has_begun=self.row.at <= calendar.now(),
            form=self.form,
            list_form=posted.ListForm(),
            errors=self.errors,
            lines=_shown(self.people, marks),
            later=len(open_lines) - len(self.people),
            has_slips=any(line.outcome == "attended" for line in self.lines),
            closed=[line for line in self.lines if not line.is_open],
            found=found,
            most_unknown=listed.MOST_UNKNOWN,
            nobody=listed.NOBODY,
        )


@blueprint.get(ROOT)
def show(session_id: int) -> str:
    """Show the sheet: who has a seat, and what is recorded already."""
    queries.must_know(("todas",))
    found = SheetPage.of(session_id)
    everybody = request.args.get("todas") == "si"
    marks = {line.name: Marks("attended", "attended") for line, _ in found.people if everybody}
    return found.render(marks)


@blueprint.post(f"{ROOT}/lista")
@db.only_reads
def take_list(session_id: int) -> str | tuple[str, int]:
    """Mark the sheet by a participants' list or a filled template. Nothing is stored."""
    access.require("publish_sessions")
    upload = request.files.get("list")
    db.session().rollback()  # no transaction is open while a file is read
    fault, file = "", None
    try:
        file = _read(upload) if upload and upload.filename else None
    except tables.Unreadable as reason:
        fault = str(reason)
    found = SheetPage.held(session_id)
    if isinstance(file, Participants) and not file.is_of(calendar.lima_day(found.row.at)):
        fault = "La lista es de otro día: elige la de esta sesión."
    if fault or file is None:
        found.errors = {"list": fault or "Elige el archivo."}
        return found.render({}), 422
    if isinstance(file, Filled):
        said = template.marks_of(found.people, file)
    else:
        said = listed.from_participants(found.people, file)
    return found.render(said.marks, said)


def _read(upload: FileStorage) -> Participants | Filled:
    """Return what a file is: the filled template, or a participants' list. Raises Unreadable."""
    content = upload.stream.read(participants.LIMITS.megabytes * tables.MEGABYTE + 1)
    tables.check(content, upload.filename or "", participants.LIMITS)
    return template.read(content) or participants.of_content(content)


@blueprint.get(f"{ROOT}/plantilla.<ending>")
def take_template(session_id: int, ending: str) -> FlaskResponse:
    """Send the template of the sheet, as a workbook or as CSV."""
    made = {"xlsx": template.as_workbook, "csv": template.as_csv}.get(ending) or abort(404)
    found = SheetPage.held(session_id)
    return FlaskResponse(
        made(found.people),
        mimetype=tables.MEDIA_TYPES[ending],
        headers={
            "Content-Disposition": f'attachment; filename="asistencia-{session_id}.{ending}"',
            "Cache-Control": "no-store",
        },
    )


@blueprint.post(ROOT)
def review(session_id: int) -> Response | tuple[str, int]:
    """Freeze what is marked as a batch with its dry run. No step is answered."""
    found = SheetPage.held(session_id, request.form)
    marks = {line.name: posted.marks_of(line, request.form) for line, _ in found.people}
    confirmed = Confirmed.of(found.people, request.form.getlist("doubt"), request.form)
    form = found.form
    if not form.validate() or confirmed.errors or not found.people:
        faulty = [one for one in form.held.form if one.errors]
        found.errors = {one.id: str(one.errors[0]) for one in faulty} | confirmed.errors
        return found.render(marks, Listed(doubts=list(confirmed.doubts))), 422
    confirmed.mark(marks)
    data = {
        "session": found.row.id,
        "session_name": sheet.name_of(found.row),
        "held": form.held.iso,
    }
    rows = posted.rows_of([line for line, _ in found.people], marks)
    frozen = [(entity.id, dict(answer)) for entity, answer in rows]
    batch_id = freeze(batches.ATTENDANCE, frozen, found.user.id, data)
    return redirect(url_for("batches.show", batch=batch_id), 303)


def _shown(
    people: People, marks: Mapping[str, Marks]
) -> list[tuple[Line, list[Attendee], list[Attendee], Marks]]:
    """Return each entity with its designated people, the others that the page lists, its marks."""
    found, left = [], MOST_OTHERS
    for line, every in people:
        others = [one for one in every if one.role == "other"]
        marked = marks.get(line.name, Marks())
        if len(others) > min(FEW_OTHERS, left):
            others = [one for one in others if one.value in marked.others]
        left -= len(others)
        found.append((line, [one for one in every if one.role != "other"], others, marked))
    return found
