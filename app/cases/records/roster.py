"""`roster`: the personnel of the form SIP-RVL-002, with a version per filing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import insert, select

from app.base import calendar
from app.base.models import PersonnelRow
from app.cases.case import Case
from app.cases.records import documents
from app.people import access
from app.register.registers import environments
from app.register.visits import personnel
from forms.fields.people import key_of
from forms.records import RosterRow

COLUMNS = tuple(RosterRow.__annotations__)


def read(case: Case) -> list[RosterRow] | None:
    """Return the rows of the entity's newest roster, in their order; None before the first."""
    record = documents.newest(case, "roster", of_entity=True)
    if record is None:
        return None
    columns = [getattr(PersonnelRow, name) for name in COLUMNS]
    rows = case.session.execute(
        select(*columns).where(PersonnelRow.record_id == record.id).order_by(PersonnelRow.number)
    )
    return [cast("RosterRow", dict(row._mapping)) for row in rows]


def write(case: Case, rows: Sequence[Mapping[str, object]]) -> None:
    """Add a version with its rows (see RosterRow); the document itself holds only their count."""
    record = documents.write(case, "roster", {"rows": len(rows)})
    values = [
        {
            "record_id": record.id,
            "number": number,
            **{name: value for name, value in row.items() if name in COLUMNS},
        }
        for number, row in enumerate(rows, 1)
    ]
    if values:
        case.session.execute(insert(PersonnelRow), values)
    if case.instance.process == "upkeep":  # counts at once, without a review
        renew_production(case)


def renew_production(case: Case) -> None:
    """Update the production register, if it is open, to the newest roster.

    That is: the officials who can be visited, and the operators.
    """
    register = environments.find(case.session, case.entity, "production")
    if register is not None:
        day = calendar.lima_day(case.at)
        personnel.receive(case.session, register, read(case) or [], day)
        seat_operators(case)


def seat_operators(case: Case) -> None:
    """Open accounts for the newest roster's operators with an e-mail; close those of all others.

    Others are people who are a baja, or are no longer in the roster.
    """
    if read(case) is None:  # there was never a roster
        return
    listed = operators(case)
    for row in listed:
        if row["email"]:
            access.open_account(case.session, row, "operator", case.entity, case.actor_id)
    keep = set(map(key_of, listed))
    access.close_others(case.session, "operator", case.entity, keep, case.actor_id)


def operators(case: Case) -> list[RosterRow]:
    """Return the operators of the newest roster that are not a baja."""
    return [
        row
        for row in read(case) or []
        if row["profile"] == "operator" and row["movement"] == "alta"
    ]
