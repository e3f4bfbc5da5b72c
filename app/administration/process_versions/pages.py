"""The pages: all versions, one of them with its differences, a process on the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flask import Blueprint, abort, render_template
from sqlalchemy.orm import Session

from app.administration.process_versions import comparing, faults, reading
from app.administration.process_versions.reading import Version
from app.base import db
from app.base.definitions import definition_of
from app.base.models import Deployment, Proposal
from app.cases.processes import versions
from app.cases.status import PROCESS_NAMES
from app.people import access
from workflows.definition import Definition

blueprint = Blueprint("process", __name__)


@dataclass(frozen=True)
class Pair:
    """The two versions that a page compares, and how it says so."""

    old: Definition
    new: Definition
    title: str
    new_name: str
    old_name: str


@blueprint.get("/proceso")
def list_versions() -> str:
    """Show the versions, and the live cases on each by process."""
    found = reading.versions(db.session())
    return render_template(
        "process/list.html",
        versions=found,
        current=next(iter(found), None),
        waiting=versions.waiting(db.session()),
        situations=reading.SITUATIONS,
        processes=PROCESS_NAMES,
        may_manage=access.may(access.me(), "manage_process"),
    )


@blueprint.get("/proceso/versiones/<hash_>")
def show(hash_: str) -> str:
    """Show a version: who put it into force, its live cases, and what differs from today's."""
    session = db.session()
    version = found_version(session, hash_)
    pair = compared(session, version)
    return render_template(
        "process/show.html",
        version=version,
        situations=reading.SITUATIONS,
        sources=reading.SOURCES,
        processes=PROCESS_NAMES,
        pair=pair,
        differences=comparing.compare(pair.old, pair.new) if pair else (),
        changed=comparing.processes(pair.old, pair.new) if pair else {},
        may_manage=access.may(access.me(), "manage_process"),
        proposal=proposal_of(session, version),
        findings=found_today(session, version),
    )


def proposal_of(session: Session, version: Version) -> Proposal | None:
    """Return the proposal of a version that waits for a second person, if there is one."""
    waiting = versions.waiting(session)
    is_its = waiting is not None and waiting.data["deployment"] == version.id
    return waiting if is_its else None


class Findings(NamedTuple):
    """What the check says of a version today, in Spanish."""

    faults: Sequence[faults.Line]
    remarks: Sequence[faults.Line]


def found_today(session: Session, version: Version) -> Findings:
    """Check a version that is not in force; of the one in force only start-up asks."""
    if version.situation == "in_force":
        return Findings((), ())
    if version.hash not in _checked:
        found = versions.check(session.get_one(Deployment, version.id).texts)
        _checked[version.hash] = Findings(
            faults.in_spanish(found.faults), faults.in_spanish(found.remarks)
        )
    return _checked[version.hash]


#: Hash → what was found. Neither the texts nor this code change while a process runs.
_checked: dict[str, Findings] = {}


@blueprint.get("/proceso/versiones/<hash_>/diagramas/<process>")
def show_diagram(hash_: str, process: str) -> str:
    """Show what differs in a process on its two drawings; 404 where nothing does."""
    session = db.session()
    version = found_version(session, hash_)
    pair = compared(session, version) or abort(404)
    found = comparing.compare(pair.old, pair.new)
    differences = [one for one in found if one.process == process] or abort(404)
    return render_template(
        "process/diagram.html",
        version=version,
        pair=pair,
        process=comparing.processes(pair.old, pair.new)[process],
        differences=differences,
        pictures=comparing.pictures(pair.old, pair.new, process),
        legend=comparing.LEGEND,
    )


def found_version(session: Session, hash_: str) -> Version:
    """Return the version of an address; 404 for none."""
    return reading.find(session, hash_) or abort(404)


def compared(session: Session, version: Version) -> Pair | None:
    """Return what a version's page compares; None for the first version that was ever in force.

    An offered version is compared with the one in force, a former one likewise; the one in force
    with the one before it.
    """
    other: Version | None
    if version.situation == "in_force":
        other = reading.before(session, version)
        if other is None:
            return None
        old, new = other, version
        title = "Qué cambió con respecto a la versión anterior"
    else:
        current = reading.versions(session)[0]
        offered = version.situation == "offered"
        old, new = (current, version) if offered else (version, current)
        title = (
            "Qué cambia con respecto a la versión en vigor"
            if offered
            else "Qué cambió desde esta versión hasta la que está en vigor"
        )
    before, after = (definition_of(session.get_one(Deployment, one.id)) for one in (old, new))
    return Pair(before, after, title, new.name, old.name)
