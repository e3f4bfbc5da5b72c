"""The *Hoja de sustento*: what is about to be signed, and who gave conformity, to print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, db, formatting
from app.base.definitions import definition_of
from app.base.models import Allowance, FileUse, IssuedPaper, ProcessInstance, Task, User
from app.cases import arrivals
from app.cases.papers import issued
from app.cases.papers.printed import support_sheets
from app.cases.papers.printed.support_sheets import (
    Checked,
    Compared,
    Conformity,
    Returned,
    SignedPaper,
    Stage,
    SupportSheet,
)
from app.cases.status import versions
from app.onboarding.tasks.loading import TaskPage
from app.people import access
from app.register.facts import open_texts
from forms.shapes.compared_facts import Compares, closed_on

blueprint = Blueprint("support", __name__)

#: The outcome of a step that gives conformity → what it says.
CONFORMITIES = {
    "accepted": "Dio conformidad en",
    "confirmed": "Dio conformidad en",
    "approved": "Aprobó en",
    "validated": "Validó en",
    "closed": "Dio por cumplido lo que pide",
}
#: The outcomes of a step that sent something back.
RETURNS = frozenset(
    {"observed", "returned", "return_enabling", "return_definition", "return_training"}
)
#: State of a step that came back and was not answered → its words.
UNANSWERED = {"lapsed": "Venció el plazo", "cancelled": "Se anuló el paso"}
#: The most returns on a sheet: the newest; and characters of the text of each.
MOST, LONGEST = 12, 600


@blueprint.get("/tareas/<int:task_id>/hoja-de-sustento")
def show(task_id: int) -> Response:
    """Send the sheet of a step in which a paper of the PCM is signed."""
    task_page = TaskPage.of(db.session(), task_id, access.me())
    form = task_page.blank_form
    if not isinstance(form, Compares) or (paper := form.paper()) is None:
        abort(404)
    sheet = sheet_of(task_page, form, paper)
    name = support_sheets.file_name(task_page.task.entity.code)
    return Response(
        support_sheets.render(sheet, calendar.today()),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def sheet_of(task_page: TaskPage, form: Compares, paper: Mapping[str, Any]) -> SupportSheet:
    """Return the contents of the sheet of a step; `paper`: the PaperRef that is signed."""
    session, instance, given = task_page.session, task_page.task.instance, task_page.given
    tasks = _ended(session, instance)
    returned = list(_returned(tasks))
    more = len(returned) - MOST
    closing = given.get("closing") or {}
    return SupportSheet(
        entity=given["entity"],
        paper=_paper(session, paper),
        facts=[
            Compared(one.label, one.paper or "", one.case or "", one.words, one.state == "differs")
            for one in form.facts()
        ],
        stages=list(_stages(session, instance, tasks)),
        returned=returned[-MOST:],
        more_returned=f"Y {formatting.number(more)} antes, en la historia." if more > 0 else "",
        checked=[
            Checked(line["name"], "Sí" if line["done"] else "No consta", line["detail"])
            for line in closing.get("checklist") or ()
        ],
        closed=closed_on(closing),
    )


def _paper(session: Session, paper: Mapping[str, Any]) -> SignedPaper:
    """Return the paper with what verifies it."""
    use = session.get_one(FileUse, paper["file"]["id"])
    row = session.scalars(select(IssuedPaper).where(IssuedPaper.file_id == use.id)).one()
    pages = paper["file"].get("pages")
    return SignedPaper(
        title=paper["title"],
        issued_on=formatting.day(calendar.lima_day(use.created_at)),
        code=issued.in_groups(row.code),
        sha256=[use.sha256[:32], use.sha256[32:]],
        pages=formatting.plural(pages, "página", "páginas") if pages else "",
    )


def _ended(session: Session, instance: ProcessInstance) -> Sequence[Task]:
    """Return the steps of a case that are not open, with who answered, in order."""
    return session.scalars(
        select(Task)
        .where(Task.instance_id == instance.id)
        .order_by(Task.closed_at, Task.id)
        .options(joinedload(Task.closed_by))
    ).all()


def _stages(session: Session, instance: ProcessInstance, tasks: Sequence[Task]) -> Iterator[Stage]:
    """Yield the stages of the path. Of a step that was answered again, the last answer counts.

    Those of an earlier version follow if the case did anything in them.
    """
    known, allowed = versions.of_case(session, instance), _allowed(session, instance)
    drawn = definition_of(instance.deployment).stages
    met = {task.stage for task in tasks} | {*instance.validated}
    for number, stage in enumerate((one for one in known.stages if one in {*drawn, *met}), 1):
        of_stage = [task for task in tasks if task.stage == stage]
        newest = {task.step: task for task in of_stage if task.state == "completed"}
        ended = [task.closed_at for task in newest.values() if task.closed_at]
        goes_on = any(task.state == "open" for task in of_stage)
        yield Stage(
            name=f"{number}. {known.name(stage)}",
            ended_on=_day(max(ended)) if ended and not goes_on else "",
            conformities=[
                *_validated(session, instance.validated.get(stage)),
                *(
                    _conformity(task, allowed.get(task.id, ""))
                    for task in newest.values()
                    if task.outcome in CONFORMITIES
                ),
            ],
        )


def _conformity(task: Task, allowed_by: str) -> Conformity:
    """Return a conformity. `allowed_by`: who let a barred person decide; "" without a bar."""
    what = f"{CONFORMITIES[task.outcome]} «{task.name}»"
    return Conformity(
        what=f"{what}, con permiso de {allowed_by}" if allowed_by else what,
        who=task.closed_by.full_name if task.closed_by else "",
        role=_role(task),
        on=_day(task.closed_at),
    )


def _validated(session: Session, entry: Mapping[str, Any] | None) -> Iterator[Conformity]:
    """Yield the validation of a stage from outside."""
    if entry:
        yield Conformity(
            what="Convalidó la etapa",
            who=session.get_one(User, entry["by"]).full_name,
            role="Presidencia del Consejo de Ministros",
            on=_day(datetime.fromisoformat(entry["at"])),
        )


def _allowed(session: Session, instance: ProcessInstance) -> dict[int, str]:
    """Return who allowed a barred person to decide: id of the task → name."""
    rows = session.scalars(
        select(Allowance)
        .join(Task, Task.id == Allowance.task_id)
        .where(Task.instance_id == instance.id, Task.closed_by_id == Allowance.user_id)
        .options(joinedload(Allowance.by))
    )
    return {row.task_id: row.by.full_name for row in rows}


def _returned(tasks: Sequence[Task]) -> Iterator[Returned]:
    """Yield what was observed and sent back, in order.

    The step that came back opened in the act of the decision, and has its reason.
    """
    for task in tasks:
        if task.state != "completed" or task.outcome not in RETURNS:
            continue
        back = next(
            (
                one
                for one in tasks
                if one.opened_at == task.closed_at and one.id > task.id and one.reason
            ),
            None,
        )
        yield Returned(
            step=task.name,
            who=_signed(task),
            on=_day(task.closed_at),
            text=_text(back) if back else "",
            answered_on=_answered(back) if back else "",
        )


def _answered(back: Task) -> str:
    """Return when a step that came back was answered, or why it was not; "" while it is open."""
    return _day(back.closed_at) if back.state == "completed" else UNANSWERED.get(back.state, "")


def _text(back: Task) -> str:
    """Return what was observed, without the sentence that says by which way the step came."""
    typed = back.reason.removeprefix(arrivals.of(back.came_as).sentence).strip()
    text = open_texts.masked(typed or back.reason)
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…"


def _signed(task: Task) -> str:
    name = task.closed_by.full_name if task.closed_by else ""
    return ", ".join(filter(None, (name, _role(task))))


def _role(task: Task) -> str:
    """Return the role in which a step was answered."""
    entity = task.role in access.ENTITY_ROLES
    return access.lane_title(task.role) if entity else access.ROLES[task.role].name


def _day(at: datetime | None) -> str:
    return formatting.day(calendar.lima_day(at)) if at else ""
