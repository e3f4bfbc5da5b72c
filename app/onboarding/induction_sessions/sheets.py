"""The attendance sheets of coming sessions: of one entity, or of all that chose a session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import InductionSession, Meeting, ProcessInstance
from app.cases import records
from app.cases.case import Case
from app.cases.papers import attendance_sheets
from app.cases.records import agenda
from app.cases.records.sessions import guests
from forms.shapes.attendance import GROUPS, attendees
from forms.shapes.attendance_sheet import (
    AttendanceSheet,
    SheetGroup,
    induction_groups,
    training_sheet,
)
from forms.shapes.sessions import SESSION_NAMES, place_words

#: Greatest number of people in the sheet of a session; then only the expected ones follow.
MOST = 2000
EXPECTED_ALONE = "Administrador y alterno (la relación completa está en la lista de la entidad)"


def of_session(session: Session, row: InductionSession) -> bytes | None:
    """Return the PDF of all entities with a seat, by name; None without any."""
    instances = guests.cases_of(session, row.id)
    if not instances or row.cancelled:
        return None
    ids = [instance.entity_id for instance in instances]
    administrators = records.of_entities(session, "administrator", ids)
    groups: list[SheetGroup] = []
    left = MOST
    for instance in instances:
        case = Case(session, instance.entity, instance)
        found = _groups(case, administrators.get(instance.entity_id), left)
        left -= sum(len(group.people) for group in found)
        groups += found
    place = place_words({"place": row.place, "link": row.link})
    sheet = AttendanceSheet(SESSION_NAMES[row.topic], groups, row.at.isoformat(), place)
    names = [instance.entity.name for instance in instances]
    return attendance_sheets.render_session(names, sheet, calendar.today(), is_masked=True)


def _groups(case: Case, administrator: Mapping[str, Any] | None, most: int) -> list[SheetGroup]:
    """Return the people of an entity: at most that number, or the expected ones alone."""
    roster = records.read(case, "roster") if most > 0 else None
    groups = induction_groups(administrator, roster, case.entity.name)
    if most > 0 and sum(len(group.people) for group in groups) <= most:
        return groups
    return [SheetGroup(EXPECTED_ALONE, groups[0].people, entity=case.entity.name)]


def of_meeting(session: Session, meeting: Meeting, *, is_masked: bool) -> bytes:
    """Return the PDF of a session of one entity: an induction, or its own training."""
    instance = session.get_one(ProcessInstance, meeting.instance_id)
    case = Case(session, instance.entity, instance)
    roster, at = records.read(case, "roster"), meeting.at.isoformat()
    place = place_words({"place": meeting.place, "link": meeting.link})
    if meeting.key in SESSION_NAMES:
        groups = induction_groups(records.read(case, "administrator"), roster)
        sheet = AttendanceSheet(SESSION_NAMES[meeting.key], groups, at, place)
    else:
        title = GROUPS.get(agenda.training_group(case, meeting.key), "")
        every = training_sheet(attendees(roster))
        own = [group for group in every.groups if group.title == title]
        sheet = AttendanceSheet(every.session, own, at, place)
    today = calendar.today()
    return attendance_sheets.render(case.entity, sheet, today, is_masked=is_masked)
