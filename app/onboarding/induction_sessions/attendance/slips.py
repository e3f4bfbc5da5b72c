"""*Constancias de asistencia*: of all who attended a session, and of the people of one step."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, abort, render_template, request, url_for
from sqlalchemy.orm import Session

from app.base import calendar, db, queries
from app.base.models import InductionSession
from app.base.paging import Paging, page_number
from app.cases.papers.printed import attendance_slips
from app.cases.papers.printed.attendance_slips import MOST, Slip
from app.cases.records.sessions import guests
from app.onboarding.induction_sessions.attendance import sheet
from app.onboarding.induction_sessions.attendance.blueprint import ROOT, blueprint
from app.onboarding.induction_sessions.attendance.sheet import Line
from app.onboarding.tasks.loading import TaskPage
from app.people import access
from forms.fields.people import full_name
from forms.shapes.attendance_results import HasResults, induction_results
from forms.shapes.sessions import SESSION_NAMES

PER_PAGE = 100


def of_session(session: Session, row: InductionSession) -> list[Slip]:
    """Return the slips of all who attended a session, by entity."""
    return of_lines(session, row.topic, sheet.lines_of(session, row, None))


def of_lines(session: Session, topic: str, lines: Sequence[Line]) -> list[Slip]:
    """Return the slips of these entities; the number of statements does not depend on theirs."""
    recorded = guests.attendances(session, [line.task for line in lines if line.task])
    found: list[Slip] = []
    for line in lines:
        attendance = recorded.get(line.task.id) if line.task else None
        if results := induction_results(SESSION_NAMES[topic], attendance):
            found += attendance_slips.of_results(line.entity.name, results)
    return found


def parts_of(count: int) -> list[tuple[int, int]]:
    """Return the first and last slip (from 1) of each file."""
    return [(first + 1, min(first + MOST, count)) for first in range(0, count, MOST)]


@blueprint.get(f"{ROOT}/constancias.pdf")
def slips_of_session(session_id: int) -> Response:
    """Send the slips of those who attended a session, up to 500 from one on (`desde`)."""
    queries.must_know(("desde",))
    access.require("publish_sessions")
    row = db.session().get(InductionSession, session_id)
    chosen = _from(of_session(db.session(), row), MOST) if row else []
    if not chosen:
        abort(404)
    content = attendance_slips.render(chosen, "", calendar.today(), is_masked=True)
    return _pdf(content, f"sesion-{session_id}")


def _from(found: Sequence[Slip], count: int) -> Sequence[Slip]:
    """Return at most `count` slips, from the number in the address (`desde`, from 1)."""
    first = request.args.get("desde", 1, type=int)
    return found[first - 1 : first - 1 + count] if first > 0 else []


@blueprint.get("/tareas/<int:task_id>/constancias-de-asistencia")
def slips_of_task(task_id: int) -> str:
    """List the people who attended, each with a slip, once the attendance was reported."""
    queries.must_know(("pagina",))
    task_page, found = _of_task(task_id)
    paging = Paging(len(found), page_number(), PER_PAGE)
    shown = list(enumerate(found, 1))[paging.offset : paging.offset + paging.size]
    return render_template(
        "tasks/attendance_slips.html",
        task=task_page.task,
        entity=task_page.task.entity,
        people=[(number, full_name(slip.person), slip.group) for number, slip in shown],
        parts=parts_of(len(found)),
        page=paging,
        url=url_for(".slips_file", task_id=task_id),
    )


@blueprint.get("/tareas/<int:task_id>/constancias-de-asistencia.pdf")
def slips_file(task_id: int) -> Response:
    """Send the slip of one person (`persona`, from 1), or up to 500 from one on (`desde`)."""
    queries.must_know(("persona", "desde"))
    task_page, found = _of_task(task_id)
    number = request.args.get("persona", type=int)
    if number is None:
        chosen = _from(found, MOST)
    else:
        chosen = found[number - 1 : number] if number > 0 else []
    if not chosen:
        abort(404)
    is_masked = task_page.task.role not in access.ENTITY_ROLES
    code = task_page.task.entity.code
    content = attendance_slips.render(chosen, code, calendar.today(), is_masked=is_masked)
    return _pdf(content, code)


def _of_task(task_id: int) -> tuple[TaskPage, list[Slip]]:
    """Return a step that the user may answer, and the slips of its attendance. Otherwise 404."""
    task_page = TaskPage.of(db.session(), task_id, access.me())
    form = task_page.blank_form
    results = form.attendance_results() if isinstance(form, HasResults) else None
    if results is None:
        abort(404)
    return task_page, list(attendance_slips.of_results(task_page.task.entity.name, results))


def _pdf(content: bytes, name: str) -> Response:
    file_name = attendance_slips.file_name(name)
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return Response(content, mimetype="application/pdf", headers=headers)
