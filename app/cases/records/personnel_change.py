"""`personnel_change`: who comes, changes or leaves; `apply` brings it into effect.

Only what a change names is written: 10 of 5,000 people cost what 10 people cost. The rules that
several changes at once could break together are checked again under a lock of the entity's people.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import Departure, Entity, Grant, PersonnelRow, User, departures
from app.cases import notices
from app.cases.case import Case
from app.cases.records import decisions, documents, places, roster
from app.people import access, handover
from app.people.access.rules import Lane
from app.register.registers import environments
from app.register.visits import personnel
from forms.case_documents import DecisionReview
from forms.change_documents import Leaving, PersonnelChange
from forms.fields.people import key_of
from forms.records import Post, RosterRow
from forms.shapes.decision_makers import overlaps
from forms.shapes.personnel_change import (
    GONE,
    Key,
    is_empty,
    kinds_of,
    leaves_no_operator,
    merged_posts,
)
from workflows.decisions import decide_one
from workflows.definition import Definition

#: The roles that end when a person leaves the register, and those that a person of the entity has.
OF_REGISTER = ("administrator", "operator", "alternate")
OF_ENTITY = (*OF_REGISTER, "preparer")


class ChangedMeanwhile(Exception):
    """Another change came first, and this one is not possible any more."""


def lock(case: Case) -> None:
    """Lock the entity's people, so that one transaction at a time changes them."""
    lock_people(case.session, case.entity)


def lock_people(session: Session, entity: Entity) -> None:
    """Lock the people of an entity. Take this lock before the one of roles."""
    db.in_turn(session, f"personnel {entity.id}")


def write(case: Case, change: PersonnelChange) -> None:
    """Store a change, if it is still possible. Raise ChangedMeanwhile."""
    lock(case)
    if not is_empty(change):
        _check(case, change)
    documents.write(case, "personnel_change", change)


def _check(case: Case, change: PersonnelChange) -> None:
    listed = roster.movements(case)
    gone = {key_of(row) for row in change["leaving"]}
    if any(_has_left(case, key, listed.get(key)) for key in gone):
        raise ChangedMeanwhile("a person of the change has left already")
    before = {key for key, row in listed.items() if row == ("operator", "alta")}
    new = {key_of(row): row["profile"] for row in change["rows"]}
    after = before - gone - new.keys()
    after |= {key for key, profile in new.items() if profile == "operator"}
    # The function of an administrator who left ends even if nobody else records visits.
    ends = not gone.isdisjoint(_administrators(case))
    if not ends and read_has_register(case) and _leaves_no_operator(case, before, after):
        raise ChangedMeanwhile("no operator would be left")
    _check_posts(case, change["posts"], change["removed"])
    if not places.are_possible(case, change["places"], gone | new.keys()):
        raise ChangedMeanwhile("a place is open already, or a person is in one that is closed")


def _leaves_no_operator(case: Case, before: Set[Key], after: Set[Key]) -> bool:
    return leaves_no_operator(before, after, _closed_operators(case))


def _check_posts(case: Case, changed: Sequence[Post], removed: Sequence[Post]) -> None:
    posts = documents.read(case, "decision_makers", of_entity=True)
    if overlaps([("", None, post) for post in merged_posts(posts, changed, removed)]):
        raise ChangedMeanwhile("a post would have two holders")


def _has_left(case: Case, key: tuple[str, str], row: tuple[str, str] | None) -> bool:
    """Return whether a person is not on the roster and has no role in the entity."""
    if row is not None:
        return row[1] == "baja"
    return not _roles(case, access.find_person(case.session, *key))


def _roles(case: Case, user: User | None) -> frozenset[str]:
    """Return a person's roles that end when they leave; a suspended person has them too."""
    if user is None:
        return frozenset()
    held = (role for role in OF_ENTITY if access.grants.open_grant(user, role, case.entity))
    return frozenset(held)


def read_role_holders(case: Case) -> list[list[str]]:
    """Return the documents of people with a role that ends when they leave, listed or not."""
    return [
        [user.document_type, user.document_number]
        for role in OF_ENTITY
        for user in access.grants.with_role(case.session, role, case.entity)
    ]


def read_administrators(case: Case) -> list[list[str]]:
    """Return the documents of the entity's administrators, without the alternates."""
    return sorted(map(list, _administrators(case)))


def _administrators(case: Case) -> set[Key]:
    found = access.grants.with_role(case.session, "administrator", case.entity)
    return {(user.document_type, user.document_number) for user in found}


def read_has_register(case: Case) -> bool:
    """Return whether the entity has an open register, of demo or of production."""
    return bool(environments.of_entities(case.session, [case.entity.id]))


def read_closed_operators(case: Case) -> list[list[str]]:
    """Return the documents of the roster's operators who do not count: see `_closed_operators`."""
    return sorted(map(list, _closed_operators(case)))


def _closed_operators(case: Case) -> set[tuple[str, str]]:
    """Return the roster's operators who cannot act, or who announced that they leave.

    Their account is deactivated, suspended or without the role. An operator who was never given an
    account is not one of them.
    """
    newest = documents.newest(case, "roster", of_entity=True)
    same = and_(
        User.document_type == PersonnelRow.document_type,
        User.document_number == PersonnelRow.document_number,
    )
    may_record = exists().where(
        Grant.user_id == User.id,
        Grant.entity_id == case.entity.id,
        Grant.role == "operator",
        Grant.until_at.is_(None),
    )
    leaves = exists().where(
        Departure.user_id == User.id,
        Departure.entity_id == case.entity.id,
        Departure.everything,
        departures.is_open(),
    )
    rows = case.session.execute(
        select(User.document_type, User.document_number)
        .join(PersonnelRow, same)
        .where(
            PersonnelRow.record_id == (newest.id if newest else None),
            PersonnelRow.profile == "operator",
            PersonnelRow.movement == "alta",
            or_(~User.active, ~may_record, leaves),
        )
    )
    return {(kind, number) for kind, number in rows}


def read_actor(case: Case) -> list[str] | None:
    """Return the document of the person who answers; None if the system does."""
    user = case.session.get(User, case.actor_id) if case.actor_id else None
    return [user.document_type, user.document_number] if user else None


def read_since(case: Case) -> dict[str, str]:
    """Return since when the people are on the register: their document → an ISO date."""
    since: dict[str, str] = {}
    for register in environments.of_entities(case.session, [case.entity.id]):
        for key, day in personnel.since(case.session, register).items():
            since.setdefault(" ".join(key), day.isoformat())
    return since


def read_account(case: Case) -> bool:
    """Return whether the authority has an account with which it can approve."""
    return bool(access.holders(case.session, "authority", case.entity))


def read_administrator_in_office(case: Case) -> bool:
    """Return whether the designated administrator still has that role."""
    designated = documents.read(case, "administrator", of_entity=True)
    if not designated:
        return False
    user = access.find_person(case.session, *key_of(designated["holder"]))
    return "administrator" in access.roles_of(user, case.entity)


def apply(case: Case) -> None:
    """Apply the newest change of the instance, except the parts that wait for the authority."""
    change: PersonnelChange | None = documents.read(case, "personnel_change")
    if change is None or is_empty(change):
        return
    lock(case)
    changed = change["places"]
    if changed:
        places.amend(case, changed)
    if change["rows"] or change["leaving"]:
        _apply_people(case, change["rows"], change["leaving"])
    elif changed:
        _apply_to_registers(case, [], [])
    if change["posts"] or change["removed"]:
        decisions.amend(case, change["posts"], change["removed"])
    posts = len(change["posts"]) + len(change["removed"])
    people, left = len(change["rows"]), len(change["leaving"])
    if people or left or posts or changed:
        case.log("personnel.changed", people=people, left=left, posts=posts, places=len(changed))


def end_administrator(case: Case) -> bool:
    """End the function of the administrator who left the entity, and hand over their open steps.

    Return False if the function goes on, because no other person could record visits.
    """
    lock(case)
    user = _declared_administrator(case)
    roles = [
        role
        for role in OF_REGISTER
        if user is not None and access.grants.open_grant(user, role, case.entity)
    ]
    if user is None or not roles:
        return True
    if not _others_record_visits(case, user):
        return False
    leaver = handover.before(case.session, user)
    for role in roles:
        access.revoke(case.session, user, role, case.entity, case.actor_id)
    if "operator" in roles:
        today = calendar.lima_day(case.at)
        roster.end_operator(case.session, case.entity, user, today, case.actor_id)
    if user.active:
        handover.notify(case.session, leaver, _filled(case, leaver), case.actor_id)
    return True


def _declared_administrator(case: Case) -> User | None:
    """Return the administrator in a change of authority: the one designated when it was sent."""
    declared = documents.newest(case, "authority_change")
    designated = documents.as_of(case, "administrator", declared.at) if declared else None
    if designated is None:
        return None
    return access.find_person(case.session, *key_of(designated.data["holder"]))


def _others_record_visits(case: Case, user: User) -> bool:
    """Return whether the entity's desk has another person who may record visits, or no register."""
    if not environments.of_entities(case.session, [case.entity.id]):
        return True
    able = access.ACTIONS["record_visits"]
    return access.others_hold(case.session, user, able, case.entity)


def ends_administrator(case: Case) -> bool:
    """Return whether an administrator leaves in the newest change of the instance."""
    change: PersonnelChange | None = documents.read(case, "personnel_change")
    gone = {key_of(one) for one in change["leaving"]} if change else set()
    return not gone.isdisjoint(_administrators(case))


def waits(case: Case) -> bool:
    """Return whether posts of the newest change wait for the authority."""
    change: PersonnelChange | None = documents.read(case, "personnel_change")
    return change is not None and any(change["to_approve"].values())


def presents(case: Case, definition: Definition) -> bool:
    """Return whether the norm of the instance wants the SIP-RVL-002 for its newest change.

    Never before the register is in production: until then the path itself presents it.
    """
    change: PersonnelChange | None = documents.read(case, "personnel_change")
    if change is None or environments.find(case.session, case.entity, "production") is None:
        return False
    inputs = {"norm_version": case.instance.norm_version}
    return any(
        decide_one(definition, "personnel_change", inputs | {"what": what})["presents"]
        for what in kinds_of(roster.rows_of(case, change["leaving"]), change)
    )


def write_review(case: Case, review: DecisionReview) -> None:
    """Store the authority's decision; an approval brings the posts into effect.

    Raise ChangedMeanwhile if an approved post has got another holder since.
    """
    documents.write(case, "post_review", review)
    change: PersonnelChange | None = documents.read(case, "personnel_change")
    if review["decision"] == "approved" and change is not None:
        lock(case)
        posts = change["to_approve"]
        _check_posts(case, posts["posts"], posts["removed"])
        decisions.amend(case, posts["posts"], posts["removed"])


def _apply_people(case: Case, rows: Sequence[RosterRow], leaving: Sequence[Leaving]) -> None:
    gone = {key_of(one) for one in leaving}
    if rows or gone & roster.movements(case).keys():
        roster.amend(case, rows, leaving)
    _apply_to_registers(case, rows, leaving)
    _end_accounts(case, leaving)
    for row in rows:
        if row["profile"] == "operator" and row["email"]:
            access.open_account(case.session, row, "operator", case.entity, case.actor_id)
    others = {key_of(row) for row in rows if row["profile"] != "operator"}
    access.close_these(case.session, "operator", case.entity, others, case.actor_id)


def _apply_to_registers(case: Case, rows: Sequence[RosterRow], leaving: Sequence[Leaving]) -> None:
    today, sites = calendar.lima_day(case.at), places.sites(case.session, case.entity)
    for register in environments.of_entities(case.session, [case.entity.id]):
        personnel.change(case.session, register, rows, leaving, today, sites)
        if register.environment == "production":
            roster.list_follows(case, register)


def _end_accounts(case: Case, leaving: Sequence[Leaving]) -> None:
    """End the roles of the people who left, and hand over their open steps.

    The steps of a person whose account is closed already were handed over then.
    """
    found = [(access.find_person(case.session, *key_of(one)), one["reason"]) for one in leaving]
    people = [(user, reason) for user, reason in found if user is not None]
    leavers = [handover.before(case.session, user) for user, _ in people if user.active]
    for user, reason in people:
        _end_roles(case, user, whole=reason == GONE)
    for leaver in leavers:
        handover.notify(case.session, leaver, _filled(case, leaver), case.actor_id)


def _filled(case: Case, leaver: handover.Leaving) -> dict[Lane, str]:
    """Return what is done about the lanes that a person left without people, in sentences."""
    lost = leaver.lanes - access.lanes_of(leaver.user)
    vacant = [lane for lane in lost if access.vacancies.is_vacant(case.session, lane)]
    return {lane: _sentence(case, lane[0]) for lane in vacant}


def _sentence(case: Case, lane: str) -> str:
    if lane == "authority":
        return handover.called_in(case.entity)
    if access.grants.redesignation_is_open(case.session, case.entity.id):
        return ""  # its steps wait for that one already
    return handover.designating_another(case.entity)


def _end_roles(case: Case, user: User, *, whole: bool) -> None:
    """End the roles of a person who left the register; `whole`: who left the entity."""
    for role in OF_ENTITY if whole else OF_REGISTER:
        ended = access.revoke(case.session, user, role, case.entity, case.actor_id)
        if ended and role == "alternate":
            _forget_alternate(case, user)
        if ended and role == "preparer":
            fill_authority(case)


def _forget_alternate(case: Case, user: User) -> None:
    """Remove the alternate who left from the designation in force."""
    designated = documents.read(case, "administrator", of_entity=True)
    alternate = (designated or {}).get("alternate")
    if alternate and key_of(alternate) == (user.document_type, user.document_number):
        documents.write(case, "administrator", {**designated, "alternate": None})


def fill_authority(case: Case) -> None:
    """Issue a code and notify the coordinator if nobody is left in the authority's lane."""
    if access.vacancies.is_vacant(case.session, ("authority", case.entity.id)):
        access.call_in(case.session, case.entity, case.actor_id)
        notices.nobody_left(case.session, case.entity, "authority")
