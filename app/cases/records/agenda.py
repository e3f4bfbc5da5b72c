"""The future sessions of a case, for the calendars of its people.

A session is ahead while its process waits for it: an act that removes that timer (another choice, a
return, a validation, the end) takes the session out of the calendars.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from app.base.models import User
from app.cases.case import Case
from app.cases.meetings import Planned
from app.cases.records import documents, sessions
from app.people import access

#: The stages that have sessions.
STAGES = frozenset({"induction", "training"})

TOPICS = {"thematic": "Inducción temática", "technical": "Inducción técnica"}
#: The same with who gives it.
TOPIC_NAMES = {
    "thematic": f"{TOPICS['thematic']} (SIP)",
    "technical": f"{TOPICS['technical']} (SGTD)",
}
GROUPS = {"technical": "personal técnico", "administrative": "personal administrativo"}
#: The beginning of the key of a training session.
TRAINING = "training-"
SUBJECT = "Registro de Visitas en Línea"


def planned(case: Case, waiting: Collection[str]) -> list[Planned]:
    """Return the meetings that the case plans now; `waiting`: the waiting timers of its process."""
    found = [
        _induction(case, topic)
        for topic in sessions.TOPICS
        if f"{topic}_session_arrives" in waiting
    ]
    if "last_training_arrives" in waiting:
        found += _training(case)
    return found


def _induction(case: Case, topic: str) -> Planned:
    """Return the induction: its guests will run the register, as administrator or alternate."""
    session = sessions.reader(topic)(case)
    assert session is not None  # noqa: S101 - its timer waits
    return Planned(
        key=topic,
        at=datetime.fromisoformat(session["at"]),
        minutes=session["minutes"],
        summary=f"{TOPICS[topic]} · {SUBJECT}",
        about=f"{TOPICS[topic]} de {case.entity.name} en el {SUBJECT}.",
        place=session["place"],
        link=session["link"],
        guests=_administrators(case),
    )


def _training(case: Case) -> Iterator[Planned]:
    """Yield the entity's own training: for its administrators and the coordinator in charge."""
    coordinator = case.entity.sip_coordinator
    watching = [coordinator] if coordinator and coordinator.active else []
    for number, (group, session) in enumerate(_by_group(case), 1):
        yield Planned(
            key=f"{TRAINING}{number}",
            at=datetime.fromisoformat(session["at"]),
            minutes=session["minutes"],
            summary=f"Capacitación: {' '.join(session['topic'].split())} · {SUBJECT}",
            about=f"Capacitación del {GROUPS[group]} de {case.entity.name}.",
            **_where(session["place"]),
            guests=[*_administrators(case), *watching],
        )


def stage_of(key: str) -> str:
    """Return the stage of a meeting by its key: one of STAGES."""
    return "induction" if key in TOPICS else "training"


def training_group(case: Case, key: str) -> str:
    """Return the group of a planned training session by its key; "" for another meeting."""
    keys = (f"{TRAINING}{number}" for number, _ in enumerate(_by_group(case), 1))
    groups = dict(zip(keys, (group for group, _ in _by_group(case)), strict=True))
    return groups.get(key, "")


def _by_group(case: Case) -> list[tuple[str, dict[str, Any]]]:
    plan = documents.read(case, "training") or {}
    return [(group, one) for group in GROUPS for one in plan.get(group, [])]


def _where(text: str) -> dict[str, Any]:
    """Return a place or a link, typed into one field."""
    text = " ".join(text.split())
    is_link = text.startswith(("https://", "http://")) and " " not in text
    return {"place": "" if is_link else text, "link": text if is_link else ""}


def _administrators(case: Case) -> list[User]:
    return [
        user
        for role in ("administrator", "alternate")
        for user in access.holders(case.session, role, case.entity)
    ]
