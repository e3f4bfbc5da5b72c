"""Entry, exit, correction, annulment: each checks the values and writes a version.

Nothing here commits. A refused value raises `Refused`, with the field and a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import PostHolder, Register, Visit, VisitVersion
from app.register.facts import keys, open_texts
from app.register.facts.declared import CORRECTABLE, ENTERED, FREE_TEXTS
from app.register.facts.fact import Fact
from app.register.facts.values import Entry, Refused, Visitor, is_invented
from app.register.registers import empty_days, environments
from app.register.visits import attached_acts, personnel, required_observation, writing

LATE = "Se registra fuera de tiempo: elige la observación que corresponde."
OUTAGE = "Esa observación la pone el registro, a lo que cae en una interrupción declarada."

Values = Mapping[str, Any]


def enter(
    session: Session,
    register: Register,
    entries: Sequence[Entry],
    *,
    submission: str,
    actor_id: int | None,
    at: datetime | None = None,
) -> list[Visit]:
    """Record a visit, or the visits of a group that came together.

    `submission` identifies the form: sent again, it returns the visits of the first time. Raises
    Refused.
    """
    there = sent_before(session, register, submission)
    if there:
        return there
    at = at or calendar.now()
    group = keys.new_code() if len(entries) > 1 else ""
    rows = [
        row_of(session, register, entry, at)
        | {"group_code": group, "submission": f"{submission}.{number}"}
        for number, entry in enumerate(entries, 1)
    ]
    ids = writing.add_all(session, register, rows, act="entry", at=at, by_id=actor_id)
    for day in {row["visit_on"] for row in rows}:
        empty_days.had_visit(session, register, day, actor_id=actor_id, at=at)
    return list(session.scalars(select(Visit).where(Visit.id.in_(ids)).order_by(Visit.id)))


def sent_before(session: Session, register: Register, submission: str) -> list[Visit]:
    """Return the visits that this form made when it was sent before."""
    return list(
        session.scalars(
            select(Visit)
            .where(
                Visit.register_id == register.id,
                Visit.submission >= f"{submission}.",
                Visit.submission < f"{submission}/",
            )
            .order_by(Visit.id)
        )
    )


def row_of(session: Session, register: Register, entry: Entry, at: datetime) -> dict[str, Any]:
    """Check an entry and return the row for `writing`. Raises Refused."""
    check_times(entry.entry_at, entry.exit_at, at)
    check_document(register, entry.visitor)
    day = calendar.lima_day(entry.entry_at)
    official = official_of(session, register, entry.official_id, day)
    required = required_observation.observation_of(
        session, register, entry.entry_at, entry.exit_at, at
    )
    observation = _observation(required, entry.observation)
    return {
        **_of_visitor(entry.visitor),
        **_of_official(official),
        "audience": environments.audience(register),
        "visit_on": day,
        "entry_at": entry.entry_at,
        "exit_at": entry.exit_at,
        "exit_state": "left" if entry.exit_at else "inside",
        **{fact.name: _entered(fact, entry) for fact in ENTERED},
        "observation": observation,
        "interest": entry.category == "interests",
        "norm_version": current_app.config["NORM_VERSION"],
        "source": "zaguan",
    }


def _entered(fact: Fact, entry: Entry) -> str:
    text = entry.value(fact.name)
    return open_texts.masked(text) if fact.free else text


def _observation(required: str, chosen: str) -> str:
    """Return the observation from the required one and the chosen one. Raises Refused."""
    if required.startswith("outage"):
        return required
    if required == "late" and chosen != "late":
        raise Refused("observation", LATE)
    if chosen.startswith("outage"):
        raise Refused("observation", OUTAGE)
    return chosen


def _of_visitor(visitor: Visitor) -> dict[str, str]:
    return {
        "visitor_name": visitor.name,
        "document_type": visitor.document_type,
        "document_number": visitor.document_number,
        "visitor_kind": visitor.kind,
        "visitor_entity": open_texts.masked(visitor.entity),
        "visitor_entity_ruc": visitor.entity_ruc,
    }


def _of_official(official: PostHolder) -> dict[str, Any]:
    return {
        "official_id": official.id,
        "official_name": official.full_name,
        "official_unit": official.unit,
        "official_post": official.post,
    }


def check_times(entry_at: datetime, exit_at: datetime | None, at: datetime) -> None:
    """Raise Refused for an entry or exit in the future, and for an exit before its entry."""
    if entry_at > at:
        raise Refused("entry_at", "El ingreso no puede ser después de ahora.")
    if exit_at is None:
        return
    if exit_at < entry_at:
        raise Refused("exit_at", "La salida no puede ser antes del ingreso.")
    if exit_at > at:
        raise Refused("exit_at", "La salida no puede ser después de ahora.")


def check_document(register: Register, visitor: Visitor) -> None:
    """Raise Refused for a real document in a demo whose administrator did not allow them."""
    check_ruc(register, visitor.entity_ruc, "visitor_entity_ruc")
    if _takes_real(register) or not visitor.document_number:  # of a reserved visit
        return
    if not is_invented(visitor.document_type, visitor.document_number):
        raise Refused(
            "document_number",
            "En el ambiente demo usa documentos inventados, como los de la cartilla de prueba.",
        )


def check_ruc(register: Register, ruc: str, field: str) -> None:
    """Raise Refused for a RUC that contains its owner's DNI, as `check_document` does for a DNI."""
    if _takes_real(register) or not ruc.startswith("10") or is_invented("DNI", ruc[2:]):
        return
    raise Refused(
        field,
        "En el ambiente demo usa un RUC inventado: el que empieza con 10 lleva el DNI de una "
        "persona.",
    )


def _takes_real(register: Register) -> bool:
    return register.environment == "production" or register.real_documents


def official_of(session: Session, register: Register, official_id: int, day: Any) -> PostHolder:
    """Return the visited official. Raises Refused if they did not hold that post on the day."""
    official = personnel.official_on(session, register, official_id, day)
    if official is None:
        raise Refused("official", "Ese día no ocupaba ese cargo: elige a otra persona.")
    return official


def leave(
    session: Session, visit: Visit, *, exit_at: datetime | None = None, actor_id: int | None
) -> bool:
    """Record the exit (now, if no moment is given); False where there is one already.

    Raises Refused.
    """
    visit = db.locked(session, Visit, visit.id)
    if visit.exit_state != "inside" or visit.state != "standing":
        return False
    at = calendar.now()
    exit_at = exit_at or at
    if visit.entry_at is not None:
        check_times(visit.entry_at, exit_at, at)
    writing.change(
        session, visit, act="exit", at=at, by_id=actor_id, exit_at=exit_at, exit_state="left"
    )
    return True


def leave_unknown(session: Session, visit: Visit, *, actor_id: int | None) -> bool:
    """Record *salida no registrada*: an unknown exit, never an invented hour."""
    visit = db.locked(session, Visit, visit.id)
    if visit.exit_state != "inside" or visit.state != "standing":
        return False
    writing.change(session, visit, act="exit_unknown", by_id=actor_id, exit_state="unknown")
    return True


def correct(
    session: Session,
    visit: Visit,
    *,
    reason: str,
    actor_id: int | None,
    seen: int,
    **values: Any,
) -> VisitVersion | None:
    """Write a corrected version of a visit; return None without a change.

    `values` are some of CORRECTABLE; `seen` is the version that the user corrected. Raise Refused,
    also if another user changed the visit meanwhile.
    """
    visit = db.locked(session, Visit, visit.id)
    register = visit.register
    if visit.state != "standing":
        raise Refused("", "La visita está anulada: no se puede corregir.")
    values |= {name: open_texts.masked(values[name]) for name in FREE_TEXTS if name in values}
    changed = {name: values[name] for name in values if getattr(visit, name) != values[name]}
    if not changed:
        return None
    if visit.versions != seen:
        raise Refused("", "Alguien cambió esta visita mientras la corregías: mira cómo quedó.")
    whole = {name: changed.get(name, getattr(visit, name)) for name in CORRECTABLE}
    at = calendar.now()
    check_document(
        register,
        Visitor(
            whole["visitor_name"],
            whole["document_type"],
            whole["document_number"],
            entity_ruc=whole["visitor_entity_ruc"],
        ),
    )
    check_times(whole["entry_at"] or calendar.midnight(visit.visit_on), whole["exit_at"], at)
    if whole["entry_at"] is not None:
        changed["visit_on"] = calendar.lima_day(whole["entry_at"])
    changed |= _follows(session, visit, changed, whole)
    version = writing.change(
        session, visit, act="correction", at=at, by_id=actor_id, reason=reason, **changed
    )
    attached_acts.follow_visitor(session, visit, reason, actor_id)
    empty_days.had_visit(session, register, visit.visit_on, actor_id=actor_id, at=at)
    return version


def _follows(session: Session, visit: Visit, changed: Values, whole: Values) -> dict[str, Any]:
    """Return the effects of a correction: the holder of the post on that day, and lateness."""
    found: dict[str, Any] = {}
    day = changed.get("visit_on", visit.visit_on)
    official_id = whole["official_id"]
    if official_id and ("official_id" in changed or day != visit.visit_on):
        official = official_of(session, visit.register, official_id, day)
        found |= _of_official(official) if "official_id" in changed else {}
    if "category" in changed:
        has_acts = attached_acts.has_acts(session, visit)
        found["interest"] = changed["category"] == "interests" or has_acts
    if changed.keys() & {"entry_at", "exit_at", "observation"}:
        found |= _observed_again(session, visit, changed, whole)
    return found


def _observed_again(
    session: Session, visit: Visit, changed: Values, whole: Values
) -> dict[str, str]:
    """Return the observation after a correction. A required observation cannot be removed.

    An imported visit keeps its own. Raises Refused.
    """
    chosen = str(changed.get("observation", ""))
    if visit.source != "zaguan" or whole["entry_at"] is None:
        if chosen.startswith("outage"):
            raise Refused("observation", OUTAGE)
        return {}
    exit_at, recorded_at = whole["exit_at"], visit.recorded_at
    known = exit_at if exit_at and exit_at < recorded_at else None  # when it was recorded
    required = required_observation.observation_of(
        session, visit.register, whole["entry_at"], known, recorded_at
    )
    if required.startswith("outage") and visit.observation == required and "observation" in changed:
        raise Refused("observation", OUTAGE)
    stays = str(whole["observation"])
    if not required and "observation" not in changed and stays.startswith("outage"):
        stays = ""  # moved out of the outage
    return {"observation": _observation(required, stays)}


def annul(session: Session, visit: Visit, *, reason: str, actor_id: int | None) -> bool:
    """Annul a visit and the interest acts attached to it. Everything stays, with its history.

    False where it was annulled already.
    """
    visit = db.locked(session, Visit, visit.id)
    if visit.state != "standing":
        return False
    writing.change(session, visit, act="annulment", by_id=actor_id, reason=reason, state="annulled")
    attached_acts.annul_all(session, visit, reason, actor_id)
    return True
