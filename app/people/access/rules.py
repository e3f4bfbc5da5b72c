"""Access rules: one table of actions, and the questions that it answers.

A role of an entity counts in that entity alone; a role of the PCM counts everywhere. A user without
the right gets 404, so that trying addresses does not reveal what exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, current_app, g
from flask_login import current_user
from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, false, literal_column, or_

from app.base import calendar
from app.base.models import Entity, Grant, Task, User
from app.people.access.roles import ANSWERING, ANSWERS, ENTITY_ROLES, PCM_ROLES, reviewing_role

#: A lane that a user answers: its role, and the entity's id (None: the PCM's).
Lane = tuple[str, int | None]

#: Written out, not as a parameter: only so SQLite sees that an index of open tasks alone will do.
OPEN: ColumnElement[str] = literal_column("'open'")

#: Today, at the time at which a statement runs.
TODAY: BindParameter[Any] = bindparam("today", callable_=lambda: calendar.today(), unique=True)
#: The condition on Grant that `counts` checks.
IS_HELD: ColumnElement[bool] = and_(
    Grant.until_at.is_(None), or_(Grant.leaves_on.is_(None), Grant.leaves_on > TODAY)
)

#: Those who prepare and answer for an entity; an operator only records visits.
STAFF = ENTITY_ROLES - {"operator"}
COORDINATORS = frozenset({"sip", "sgtd"})

ACTIONS: Mapping[str, frozenset[str]] = {
    # An entity and its path
    "see_entity": ENTITY_ROLES | PCM_ROLES,
    "list_entities": PCM_ROLES,
    "see_today": PCM_ROLES,
    "see_history": STAFF | PCM_ROLES,
    # The page of rare acts; each act asks for its own right.
    "see_acts": STAFF | COORDINATORS | {"secretary", "auditor", "superuser"},
    # Papers show whole document numbers: those who make, review or sign them, and no others.
    "read_file": STAFF | COORDINATORS | {"secretary"},
    # Steps
    "see_tasks": ANSWERING,
    "see_notices": COORDINATORS,
    # `app.cases.processes.assigning` has the rules of each task.
    "give_task": COORDINATORS,
    # Filters and saved views of *Mis pendientes*; others have few tasks.
    "save_views": COORDINATORS,
    # What the entity typed or presented: those who may also answer the step that presents it.
    "correct_papers": STAFF,
    # The page of each task says who may, as things stand (`app.people.access.duties`).
    "allow_decision": frozenset({"secretary", "superuser"}),
    "sign_many": frozenset({"secretary"}),
    # The register of visits; the public's pages ask for nothing
    "record_visits": frozenset({"operator", "administrator", "alternate"}),
    "manage_register": frozenset({"administrator", "alternate"}),
    # The SIP where the entity has nobody (`app.register.suppression.deciders`).
    "decide_personal_data": frozenset({"administrator", "alternate", "sip"}),
    "see_register": ENTITY_ROLES | COORDINATORS | {"auditor"},
    "see_visitors": frozenset({"operator", "administrator", "alternate"}),
    "state_evidence": COORDINATORS,
    "set_rules": frozenset({"superuser"}),
    # Running the processes
    "start_onboarding": COORDINATORS | {"superuser"},
    # Acts on many at once; each kind also requires its own action.
    "see_batches": COORDINATORS | {"auditor", "superuser"},
    # The export of the official platform, and the proposals that come of it.
    "import_baseline": COORDINATORS | {"superuser"},
    "run_batches": COORDINATORS | {"superuser"},
    "start_redesignation": COORDINATORS | {"preparer", "alternate"},
    "start_change_authority": COORDINATORS | {"preparer", "alternate"},
    "leave_function": frozenset({"administrator", "alternate"}),
    "start_change_personnel": frozenset({"administrator", "alternate"}),
    # *Ya no trabaja aquí*: the page asks for the right to end the function that the person has.
    "register_departure": COORDINATORS | {"administrator", "alternate", "authority"},
    "end_administrator": COORDINATORS | {"alternate", "authority"},
    "validate_stage": COORDINATORS,
    "suspend": COORDINATORS,
    "resume": COORDINATORS,
    "cancel": COORDINATORS,
    "annul_certificate": frozenset({"sip", "secretary"}),
    "sign_certificate_again": frozenset({"secretary"}),
    "send_back": COORDINATORS,
    "retry_incident": COORDINATORS | {"superuser"},
    "resume_domain": frozenset({"superuser"}),
    "publish_sessions": COORDINATORS,
    "print_attendance": COORDINATORS | {"administrator", "alternate"},
    "see_calendar": PCM_ROLES,
    "note_absence": COORDINATORS,
    # Questions of entities; notes are the PCM's alone.
    "ask_question": STAFF,
    "see_questions": STAFF | COORDINATORS | {"secretary", "auditor"},
    "list_questions": COORDINATORS | {"secretary", "auditor"},
    "answer_question": COORDINATORS,
    "read_notes": COORDINATORS | {"auditor"},
    "write_note": COORDINATORS,
    # Mails hold codes and links that let people in: not for the auditor.
    "see_outbox": COORDINATORS | {"secretary", "superuser"},
    "confirm_ruc": COORDINATORS,
    "confirm_address": COORDINATORS | {"superuser"},
    "read_answers": COORDINATORS,
    "manage_reminders": COORDINATORS,
    # Document numbers
    "see_documents": STAFF,
    "unmask": COORDINATORS | {"auditor"},
    # Incidents of personal data: of an entity, and of the platform
    "report_breach": frozenset({"administrator", "alternate", "superuser"}),
    "manage_breaches": frozenset({"superuser"}),
    # The platform
    "see_status": COORDINATORS | {"superuser"},
    "see_changes": frozenset({"superuser", "auditor"}),
    # The versions of the diagrams and tables
    "see_process": PCM_ROLES,
    "manage_process": frozenset({"superuser"}),
    "manage_people": frozenset({"superuser"}),
    "manage_catalogue": frozenset({"superuser"}),
    "manage_calendar": frozenset({"superuser"}),
    "see_mandates": PCM_ROLES,
    "plan_mandates": COORDINATORS,
    "manage_mandates": frozenset({"superuser"}),
    "assign_coordinators": frozenset({"superuser"}),
}
#: Actions that end with an entity: its register stays to be read.
OF_EXISTING = frozenset({"record_visits"})


def me() -> User | None:
    """Return the signed-in user; None for the public, and while the database is away."""
    if g.get("database_away"):
        return None
    user: User | None = getattr(current_user, "person", None)
    return user


def counts(grant: Grant) -> bool:
    """Return whether a role is held now.

    From the day of an announced departure it is not, also where the job did not end it yet.
    """
    if grant.until_at is not None:
        return False
    return grant.leaves_on is None or grant.leaves_on > calendar.today()


def has_left(user: User) -> bool:
    """Return whether every role that a user ever had has ended."""
    return bool(user.grants) and not any(map(counts, user.grants))


def roles_of(user: User | None, entity: Entity | int | None = None) -> frozenset[str]:
    """Return the roles that a user holds now: of the PCM, and in the entity if one is given.

    `entity` is an Entity or its id. A deactivated person holds none.
    """
    if user is None or not user.active:
        return frozenset()
    entity_id = entity.id if isinstance(entity, Entity) else entity
    return frozenset(
        grant.role
        for grant in user.grants
        if counts(grant) and grant.entity_id in (None, entity_id)
    )


def entities_of(user: User | None, roles: frozenset[str] = ENTITY_ROLES) -> frozenset[int]:
    """Return ids of the entities in which a person holds one of these roles now."""
    if user is None or not user.active:
        return frozenset()
    return frozenset(
        grant.entity_id
        for grant in user.grants
        if grant.entity_id is not None and grant.role in roles and counts(grant)
    )


def lanes_of(user: User) -> frozenset[Lane]:
    """Return the lanes whose tasks a person may answer now."""
    return frozenset(
        (lane, grant.entity_id)
        for grant in user.grants
        for lane, roles in ANSWERS.items()
        if user.active and grant.role in roles and counts(grant)
    )


def may(user: User | None, action: str, entity: Entity | int | None = None) -> bool:
    """Return whether a user may do this (in this entity). KeyError for an unknown action."""
    if action in OF_EXISTING and isinstance(entity, Entity) and entity.extinct_on is not None:
        return False
    return not ACTIONS[action].isdisjoint(roles_of(user, entity))


def may_somewhere(user: User | None, action: str) -> bool:
    """Return whether a person may do this in the PCM or in any entity of theirs."""
    return may(user, action) or bool(entities_of(user, ACTIONS[action]))


def may_answer(user: User | None, task: Task) -> bool:
    """Return whether a user may answer this task (open or not): by its lane, in its entity."""
    return may_answer_in(user, task.role, task.entity_id)


def may_answer_in(user: User | None, lane: str, entity_id: int) -> bool:
    """Return whether a user may answer the tasks of a lane (by its role) in an entity."""
    return not ANSWERS[lane].isdisjoint(roles_of(user, entity_id))


def may_enter_for(user: User | None, task: Task) -> bool:
    """Return whether a user may enter what the entity dictates for a task (open or not).

    Those are the coordinators who look after the stage of a task of the entity's lanes.
    """
    return task.role in ENTITY_ROLES and reviewing_role(task.stage) in roles_of(user)


def may_prepare(user: User, entity: Entity | None) -> bool:
    """Return whether a user may become an entity's preparer: users of the PCM only in the PCM."""
    own = current_app.config["OWN_ENTITY"]
    return roles_of(user).isdisjoint(PCM_ROLES) or (entity is not None and entity.code == own)


def require(action: str, entity: Entity | int | None = None) -> User:
    """Return the signed-in person, who may do this; abort with 404 for any other."""
    user = me()
    if user is None or not may(user, action, entity):
        abort(404)
    return user


def of_own_lanes(user: User | None) -> ColumnElement[bool]:
    """Return the condition on Task: open, of a lane and an entity that the user may answer."""
    everywhere = roles_of(user)
    ways: list[ColumnElement[bool]] = []
    lanes = sorted(lane for lane, roles in ANSWERS.items() if roles & everywhere)
    if lanes:
        ways.append(Task.role.in_(lanes))
    for lane, roles in ANSWERS.items():
        ids = entities_of(user, roles)
        if ids:
            ways.append(and_(Task.role == lane, Task.entity_id.in_(sorted(ids))))
    return and_(Task.state == OPEN, or_(*ways) if ways else false())
