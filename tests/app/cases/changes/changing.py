"""An entity in production whose people change, and short ways to change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar
from app.base.models import (
    PersonnelRow,
    PostHolder,
    Record,
)
from app.cases import processes, records
from app.cases.case import Case
from app.people import access
from app.register.registers import environments
from app.register.visits import personnel
from forms.change_documents import Leaving
from forms.drafts import as_formdata, errors_of
from forms.shapes.decision_makers import invented_posts
from forms.shapes.loading import invented_roster
from forms.shapes.personnel_change import nothing
from tests.app.walk import Walk

ROSTER = invented_roster(operators=2)
FIRST, SECOND = (row for row in ROSTER if row["profile"] == "operator")
NEW = FIRST | {"document_number": "00000299", "email": "persona299@example.pe"}
MAYOR, BUYER = invented_posts()
STEP = "record_personnel_change"
NUMBER = "Resolución de Alcaldía 012-2026"


def live(walk: Walk, environment: str = "production") -> Walk:
    """Take an entity to its register, with two operators and two public decision-makers."""
    walk.begin_at("production" if environment == "production" else "demo_test")
    with walk.writing() as session:
        row = walk.instance(session)
        case = Case(session, row.entity, row)
        records.roster.write(case, ROSTER)
        register = environments.open_register(session, row.entity, environment, None)
        personnel.receive(session, register, ROSTER, calendar.lima_day(case.at))
        records.roster.seat_operators(case)
        records.write(case, "decision_makers", invented_posts())
        records.decisions.publish(case)
    return walk


def leaving(row: Mapping[str, Any], reason: str = "link_ended") -> dict[str, str]:
    """Return a person who leaves today."""
    names = ("document_type", "document_number")
    today = calendar.today().isoformat()
    return {name: row[name] for name in names} | {"last_day": today, "reason": reason}


def send(
    walk: Walk, instance: int, values: Mapping[str, Any], step: str = STEP, by: str = ""
) -> None:
    """Answer a step of a change with these values."""
    with walk.writing() as session:
        task = walk.find(session, step, instance)
        actor = walk.people[by or "administrator"]
        case = Case(session, task.entity, task.instance, actor, task)
        given = {name: records.read(case, name) for name in forms.steps()[step].needs}
        form_class = forms.steps()[step].form
        pairs = MultiDict(as_formdata(form_class, values))
        form = form_class(pairs, given=given | {"today": calendar.today()})
        assert form.validate(), errors_of(form)
        processes.complete(session, task.id, forms.steps()[step], form, actor)


def change(walk: Walk, values: Mapping[str, Any]) -> int:
    """Record a change; return its instance."""
    instance = walk.begin("change_personnel")
    send(walk, instance, values)
    return instance


def operators(walk: Walk) -> list[str]:
    """Return the document numbers of those who may record as operators, in order."""
    found = walk.read(access.holders, "operator", walk.row().entity_id)
    return sorted(user.document_number for user in found)


def roster(walk: Walk) -> dict[str, tuple[str, str]]:
    """Return movement and site of everyone on the newest roster, by document number."""
    newest = select(Record.id).where(Record.name == "roster").order_by(Record.id.desc())
    record_id = walk.one(newest.limit(1))
    rows = walk.all(select(PersonnelRow).where(PersonnelRow.record_id == record_id))
    return {row.document_number: (row.movement, row.site) for row in rows}


def officials(walk: Walk) -> list[str]:
    """Return the document numbers of the people on the register now, in order."""
    there = select(PostHolder.document_number).where(
        PostHolder.to_on.is_(None), PostHolder.profile != ""
    )
    return sorted(walk.all(there))


def holders(walk: Walk) -> list[tuple[str, str, str]]:
    """Return post, document number and last day of the public decision-makers, in order."""
    rows = walk.all(select(PostHolder).where(PostHolder.decides).order_by(PostHolder.id))
    return [(r.post, r.document_number, r.to_on.isoformat() if r.to_on else "") for r in rows]


def numbers(*rows: Mapping[str, Any]) -> list[str]:
    """Return document numbers, in order."""
    return sorted(row["document_number"] for row in rows)


def write(walk: Walk, instance: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write that these people leave, as by a form that was valid earlier."""
    found = nothing(calendar.today().isoformat())
    found["leaving"] = [cast("Leaving", leaving(row)) for row in rows]
    with walk.writing() as session:
        task = walk.find(session, STEP, instance)
        case = Case(session, task.entity, task.instance, None, task)
        records.write(case, "personnel_change", found)
