"""`filing`: filings at the mesa de partes.

A filing of a stage is open from when it is presented until it is accepted or closed without effect.
It has its own count of observations; the next one starts again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise, takewhile
from typing import cast

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

import forms.records
from app.base import calendar
from app.base.models import FileUse, Filing, Task, User
from app.cases.case import Case
from app.cases.records import documents, entity, roster
from app.cases.records.documents import file_of
from app.cases.records.personnel_change import ChangedMeanwhile
from app.people.access.tickets import keyed_hash
from forms.papers import OFFICIAL, title_of
from forms.records import (
    FilingAct,
    Observation,
    ObservedRecords,
    PaperRef,
    ReplacedRecords,
)
from forms.shapes.observations import reasons_of

#: Characters of the observations of a presentation in the log.
LOGGED = 4000
#: Replaced filings, the newest, whose data are compared with those of the open one.
COMPARED = 3


@dataclass(frozen=True)
class Presentation:
    """The steps of a process that presents papers, and the kind of filing that it makes.

    The entity types them in `typed`, and presents them in `files`. The PCM has them in `held`.
    """

    kind: str
    typed: tuple[str, ...]
    files: str
    held: tuple[str, ...]

    @property
    def until_filed(self) -> tuple[str, ...]:
        """The steps until the papers are presented, in order."""
        return (*self.typed, self.files)


#: Process, which is also the stage → its presentation.
PRESENTATIONS: Mapping[str, Presentation] = {
    "designation": Presentation(
        "designation",
        ("designate_administrator", "list_personnel"),
        "file_designation",
        ("record_reception", "review_designation"),
    ),
    "resubmission": Presentation(
        "personnel",
        ("update_personnel",),
        "file_personnel",
        ("record_personnel_reception", "review_personnel"),
    ),
}
#: The result of a filing that the entity presents again before its review ended.
REPLACED = "replaced"
#: The result of one that the mesa de partes does not have: its number may be used again.
NOT_FILED = "not_filed"

OF_KIND = (
    select(Filing)
    .where(Filing.instance_id == bindparam("instance_id"), Filing.kind == bindparam("kind"))
    .order_by(Filing.id.desc())
)
SIGNED = select(FileUse).where(FileUse.id.in_(bindparam("ids", expanding=True)))


def kind_of(stage: str) -> str:
    """Return the kind of the filings of a stage: "designation" unless it makes others."""
    return PRESENTATIONS[stage].kind if stage in PRESENTATIONS else "designation"


def of_stage(case: Case) -> list[Filing]:
    """Return the filings of the stage in this instance, the newest first."""
    return of_kind(case, kind_of(case.stage))


def of_kind(case: Case, kind: str) -> list[Filing]:
    """Return the filings of a kind in this instance, the newest first."""
    key = ("filings", kind)
    if key not in case.memo:
        which = {"instance_id": case.instance.id, "kind": kind}
        case.memo[key] = list(case.session.scalars(OF_KIND, which))
    found: list[Filing] = case.memo[key]
    return found


def newest(case: Case, kind: str = "") -> Filing | None:
    """Return the last filing of a kind, or of the stage's, in this instance, open or closed."""
    return next(iter(of_kind(case, kind or kind_of(case.stage))), None)


def open_filing(case: Case) -> Filing | None:
    """Return the open filing of the stage, if there is one."""
    filing = newest(case)
    return filing if filing and not filing.closed_at else None


def read(case: Case) -> forms.records.Filing | None:
    """Return the open filing of the stage as steps read it."""
    filing = open_filing(case)
    if filing is None:
        return None
    replaced = list(takewhile(lambda one: one.result == REPLACED, of_stage(case)[1:]))
    return plain(case.session, filing, replaced)


def plain(
    session: Session, filing: Filing, replaced: Sequence[Filing] = ()
) -> forms.records.Filing:
    """Return a filing as plain values, with the names of its signed papers.

    `replaced`: the filings that it replaces, the newest first.
    """
    ids = [file_id for one in (filing, *replaced) for file_id in one.signed.values()]
    uses = {use.id: use for use in session.scalars(SIGNED, {"ids": ids})}
    return {
        "kind": filing.kind,
        "number": filing.number,
        "presented_at": filing.presented_at.isoformat(),
        "cut": filing.cut,
        "received_at": received_at.isoformat() if (received_at := filing.reception_at) else "",
        "desk_observed": filing.desk_observed,
        "rounds": filing.rounds,
        "signed": _signed_papers(filing, uses),
        "replaces": [
            {
                "number": one.number,
                "presented_at": one.presented_at.isoformat(),
                "signed": _signed_papers(one, uses),
            }
            for one in replaced
        ],
        "observations": _signed_by(session, filing.observations),
        "salt": keyed_hash("rows", str(filing.instance_id)),
    }


def _signed_papers(filing: Filing, uses: Mapping[str, FileUse]) -> list[PaperRef]:
    """Return the signed papers of a filing, with their files."""
    found: list[PaperRef] = []
    for kind, file_id in filing.signed.items():
        if use := uses.get(file_id):
            file = file_of(use, title_of(kind, is_signed=True))
            found.append({"kind": kind, "title": OFFICIAL[kind].title, "file": file})
            if filing.own and kind in filing.own:
                found[-1]["own"] = filing.own[kind]
    return found


def _signed_by(session: Session, observations: list[Observation]) -> list[Observation]:
    """Return observations with the names of the people who made them."""
    ids = {one["by_id"] for one in observations if one.get("by_id")}
    if not ids:
        return observations
    names = {u.id: u.full_name for u in session.scalars(select(User).where(User.id.in_(ids)))}
    return [{**one, "by": names.get(one.get("by_id", 0), "")} for one in observations]


def read_observed(case: Case) -> ObservedRecords | None:
    """Return the records under review as they were when the open filing was observed.

    That is when the oldest of its present observations was made.
    """
    filing = open_filing(case)
    moments = [one["at"] for one in filing.observations if one.get("at")] if filing else []
    if not moments:
        return None
    return _presented(case, datetime.fromisoformat(min(moments)))


def read_replaced(case: Case) -> list[ReplacedRecords] | None:
    """Return what the newest filings that the open one replaces presented, and what it presents.

    The data of a filing are those at the moment when the entity got the case back. None if the
    open filing replaces none.
    """
    process = case.task.process if case.task else case.stage
    presentation, filings = PRESENTATIONS.get(process), of_stage(case)
    if open_filing(case) is None or presentation is None:
        return None
    replaced = list(takewhile(lambda one: one.result == REPLACED, filings[1 : 1 + COMPARED]))
    if not replaced:
        return None
    in_stage = (Task.instance_id == case.instance.id, Task.process == process)
    own = Task.step.in_(presentation.until_filed)
    of_entity = select(Task).where(*in_stage, own).order_by(Task.id)
    # A filing is what one completed task presented; its data stay until the next task is opened.
    moments = [
        after.opened_at
        for task, after in pairwise(case.session.scalars(of_entity))
        if task.step == presentation.files and task.state == "completed"
    ]
    now = _presented(case, None)
    last = moments[-1 : -1 - len(replaced) : -1]
    return [{"then": _presented(case, moment), "now": now} for moment in last]


def _presented(case: Case, moment: datetime | None) -> ObservedRecords:
    """Return the data that a filing presents: at a moment, or now."""
    at = moment or case.at
    designated = {
        name: record.data if (record := documents.as_of(case, name, at)) else None
        for name in ("authority", "administrator")
    }
    rows = roster.read_as_of(case, moment) if moment else roster.read(case)
    others = {"entity": entity.read_as_of(case, at), "roster": rows}
    return cast("ObservedRecords", designated | others)


def write(case: Case, act: FilingAct) -> None:
    """Apply an act to the filing."""
    ACTS[act["act"]](case, act)


def read_used_receipts(case: Case, but: Filing | None = None) -> list[str]:
    """Return the numbers of the constancias that the entity registered before, except `but`'s.

    A constancia that the mesa de partes does not know may be registered again.
    """
    numbers = select(Filing.number).where(
        Filing.entity_id == case.entity.id, Filing.result != NOT_FILED
    )
    if but is not None:
        numbers = numbers.where(Filing.id != but.id)
    return list(case.session.scalars(numbers.order_by(Filing.id)))


def _filed(case: Case, act: FilingAct) -> None:
    close(case, REPLACED)  # of one that a coordinator gave back
    filing = Filing(
        entity_id=case.entity.id,
        instance_id=case.instance.id,
        kind=kind_of(case.stage),
        number=act["number"],
        presented_at=datetime.fromisoformat(act["presented_at"]),
        signed=act["signed"],
        own=act.get("own"),
        rounds=0,
    )
    case.session.add(filing)
    of_stage(case).insert(0, filing)


def _current(case: Case) -> Filing:
    filing = open_filing(case)
    if filing is None:
        raise LookupError("no filing is open")
    return filing


def _received(case: Case, act: FilingAct) -> None:
    """Store the reception. Raise ChangedMeanwhile if it is before the constancia as it is now.

    The entity may have corrected the constancia since the answer was validated. The process is
    locked, so the filing that is read again stays as it is.
    """
    filing, received_at = _current(case), datetime.fromisoformat(act["received_at"])
    case.session.refresh(filing)
    if received_at < filing.presented_at:
        raise ChangedMeanwhile("the constancia is of a later moment")
    filing.cut, filing.received_at = act["cut"], received_at


def _desk_observed(case: Case, act: FilingAct) -> None:
    filing = _current(case)
    filing.desk_observed = True
    _observe(case, filing, act["observations"])


def _observed(case: Case, act: FilingAct) -> None:
    filing = _current(case)
    filing.rounds += 1
    _observe(case, filing, act["observations"])


def _observe(case: Case, filing: Filing, observations: list[Observation]) -> None:
    """Store observations with who made them and when; one that persists was made before.

    The log has their texts with their targets.
    """
    said = reasons_of(observations)[:LOGGED]
    case.log("filing.observed", count=len(observations), reason=said)
    found = []
    for made in observations:
        stored = {name: value for name, value in made.items() if name != "by"}
        if not made["persists"]:
            stored |= {"at": case.at.isoformat(), "by_id": case.actor_id}
        found.append(cast("Observation", stored))
    filing.observations = found


def _corrected(case: Case, act: FilingAct) -> None:
    filing = _current(case)
    filing.number = act["number"]
    filing.presented_at = datetime.fromisoformat(act["presented_at"])
    filing.received_at = None  # that was of the presentation before it
    filing.signed = {**filing.signed, **act["signed"]}
    still = {kind: own for kind, own in (filing.own or {}).items() if kind not in act["signed"]}
    filing.own = still | act.get("own", {})
    answers = act["answers"]
    filing.observations = [
        {**observation, "answer": answers.get(str(observation["number"]), "")}
        for observation in filing.observations
    ]


def reopen(case: Case) -> None:
    """Reopen the newest filing of the stage: a coordinator returned the case to it."""
    filing = newest(case)
    if filing:
        filing.result, filing.ground, filing.closed_at = "", "", None


def close(case: Case, result: str, ground: str = "") -> None:
    """Close the open filing; the obligation continues."""
    filing = open_filing(case)
    if filing:
        filing.result = result
        filing.ground = ground
        filing.closed_at = calendar.now()


def _accepted(case: Case, act: FilingAct) -> None:
    filing = open_filing(case)
    close(case, "accepted")
    if filing and filing.kind == "personnel":
        roster.renew_production(case)  # may be open, if that stage was validated


ACTS: Mapping[str, Callable[[Case, FilingAct], None]] = {
    "filed": _filed,
    "received": _received,
    "desk_observed": _desk_observed,
    "observed": _observed,
    "corrected": _corrected,
    "not_filed": lambda case, act: close(case, NOT_FILED),
    "accepted": _accepted,
    "not_presented": lambda case, act: close(case, "not_presented"),
    "out_of_scope": lambda case, act: close(case, "out_of_scope", act["ground"]),
}
