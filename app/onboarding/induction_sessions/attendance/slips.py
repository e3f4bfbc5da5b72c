"""*Constancias de asistencia*: of all who attended a session, and of the people of one step."""

from __future__ import annotations

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
from app.onboarding.tasks.loading import TaskPage
from app.people import access
from forms.fields.people import full_name
from forms.shapes.attendance_results import HasResults, induction_results
from forms.shapes.sessions import SESSION_NAMES

PER_PAGE = 100


def of_session(session: Session, row: InductionSession) -> list[Slip]:
    """Return the slips of all who attended a session, by entity; at most as many as a file has."""
    found: list[Slip] = []
    lines = sheet.lines_of(session, row, None)
    recorded = guests.attendances(session, [line.task for line in lines if line.task])
    for line in lines:
        attendance = recorded.get(line.task.id) if line.task else None
        if results := induction_results(SESSION_NAMES[row.topic], attendance):
            found += attendance_slips.of_results(line.entity.name, results)
    return found[:MOST]


@blueprint.get(f"{ROOT}/constancias.pdf")
def slips_of_session(session_id: int) -> Response:
    """Send the slips of all who attended a session."""
    access.require("publish_sessions")
    row = db.session().get(InductionSession, session_id)
    found = of_session(db.session(), row) if row else []
    if not found:
        abort(404)
    content = attendance_slips.render(found, "", calendar.today(), is_masked=True)
    return _pdf(content, f"sesion-{session_id}")


@blueprint.get("/tareas/<int:task_id>/constancias-de-asistencia")
def slips_of_task(task_id: int) -> str:
    """List the people who attended, each with a slip, once the attendance was reported."""
    queries.must_know(("pagina",))
    task_page, found = _of_task(task_id)
    paging = Paging(len(found), page_number(), PER_PAGE)
    shown = list(enumerate(found, 1))[paging.offset : paging.offset + paging.size]
    parts = [(first + 1, min(first + MOST, len(found))) for first in range(0, len(found), MOST)]
    return render_template(
        "tasks/attendance_slips.html",
        task=task_page.task,
        entity=task_page.task.entity,
        people=[(number, full_name(slip.person), slip.group) for number, slip in shown],
        parts=parts,
        page=paging,
        url=url_for(".slips_file", task_id=task_id),
    )


@blueprint.get("/tareas/<int:task_id>/constancias-de-asistencia.pdf")
def slips_file(task_id: int) -> Response:
    """Send the slip of one person (`persona`, from 1), or up to 500 from one on (`desde`)."""
    queries.must_know(("persona", "desde"))
    task_page, found = _of_task(task_id)
    number, count = request.args.get("persona", type=int), 1
    if number is None:
        number, count = request.args.get("desde", 1, type=int), MOST
    chosen = found[number - 1 : number - 1 + count] if number > 0 else []
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
