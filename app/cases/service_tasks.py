"""The service tasks of the diagrams: one function each, with the name in the diagram.

Each gets the case, is idempotent (it may be retried), and returns its effects, which
`app.cases.processes` carries out. Its decorator declares the outcomes that gateways may read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.base import calendar, db
from app.cases import notices, papers, records
from app.cases.case import Case
from app.cases.records import (
    acceptance,
    decisions,
    documents,
    evidence,
    mandate,
    personnel_change,
    places,
    roster,
)
from app.cases.records.progress import control
from app.people import access
from app.people.mail import Letter
from app.register.registers import environments
from app.register.visits import personnel
from forms.fields.people import key_of
from workflows.definition import Definition


@dataclass(frozen=True)
class Start:
    """A process to start for the entity: at a moment ahead or, without one, at once."""

    process: str
    at: datetime | None = None


@dataclass(frozen=True)
class Reschedule:
    """A waiting timer of the instance, and the new moment at which it fires."""

    element: str
    at: datetime


@dataclass(frozen=True)
class Effects:
    """The outcome of a service task, which gateways read, and what follows from it."""

    outcome: str = "done"
    letters: tuple[Letter, ...] = ()
    starts: tuple[Start, ...] = ()
    reschedules: tuple[Reschedule, ...] = ()


ServiceTask = Callable[[Case, Definition], Effects]


@dataclass(frozen=True)
class Offered:
    """A service task: its function, and its possible outcomes."""

    function: ServiceTask
    outcomes: frozenset[str]


OFFERED: dict[str, Offered] = {}


def offers(*outcomes: str) -> Callable[[ServiceTask], ServiceTask]:
    """Register a function as the service task of its name, with these outcomes."""

    def enter(function: ServiceTask) -> ServiceTask:
        OFFERED[function.__name__] = Offered(function, frozenset(outcomes or ("done",)))
        return function

    return enter


def outcomes() -> Mapping[str, frozenset[str]]:
    """Return the possible outcomes of each service task."""
    return {name: offered.outcomes for name, offered in OFFERED.items()}


def perform(name: str, case: Case, definition: Definition) -> Effects:
    """Perform a service task. Whatever it raises becomes an incident of the instance."""
    return OFFERED[name].function(case, definition)


# Papers ---------------------------------------------------------------------------------------


def _issue(case: Case, kind: str) -> None:
    """Issue a paper, unless the act is only tried: a file would stay when that is rolled back."""
    if not db.is_rehearsal(case.session):
        papers.issue(case, kind)


@offers()
def issue_designation_papers(case: Case, _: Definition) -> Effects:
    """Issue the oficio and SIP-RVL-001; SIP-RVL-002 too, unless only the administrator changes."""
    _issue(case, "oficio_designacion")
    _issue(case, "sip_rvl_001")
    if case.instance.process == "onboarding":
        _issue(case, "sip_rvl_002")
    return Effects()


@offers()
def issue_personnel_papers(case: Case, _: Definition) -> Effects:
    """Issue the second SIP-RVL-002 and its cover letter."""
    _issue(case, "carta_presentacion")
    _issue(case, "sip_rvl_002")
    return Effects()


@offers()
def issue_letter(case: Case, _: Definition) -> Effects:
    """Issue the oficio de reiteración from its draft."""
    _issue(case, "oficio_reiteracion")
    return Effects()


@offers()
def warn_of_control(case: Case, _: Definition) -> Effects:
    """Give the entity a last notice before its organ of control is informed."""
    return Effects(letters=control.warn(case))


@offers()
def issue_control_notice(case: Case, definition: Definition) -> Effects:
    """Issue the communication to the organ of control that `control_organ.dmn` names."""
    control.draft(case, definition)
    _issue(case, "comunicacion_control")
    return Effects()


@offers()
def send_control_notice(case: Case, _: Definition) -> Effects:
    """Mail the signed communication, unless the Despacho sends it on paper."""
    return Effects(letters=control.send(case))


@offers()
def issue_certificate(case: Case, _: Definition) -> Effects:
    """Issue the constancia de implementación."""
    _issue(case, "constancia")
    return Effects()


# Accounts -------------------------------------------------------------------------------------


@offers()
def open_accounts(case: Case, _: Definition) -> Effects:
    """Open accounts for administrator, alternate and, with an e-mail, the authority."""
    designated = records.read(case, "administrator")
    _open(case, designated["holder"], "administrator")
    if designated["alternate"]:
        _open(case, designated["alternate"], "alternate")
    authority = records.read(case, "authority")
    if authority and authority.get("email"):
        _open(case, authority, "authority")
    _must_be_answered(case)
    if "induction" in case.instance.validated:  # before there were operators
        _open_register(case, "demo")
        roster.seat_operators(case)
    return Effects()


def _must_be_answered(case: Case) -> None:
    """Raise if no user could answer the administrator's next steps."""
    db.in_turn(case.session, "roles")
    if access.vacancies.is_vacant(case.session, ("administrator", case.entity.id)):
        raise RuntimeError("the accounts of those designated are deactivated: reactivate one")


@offers()
def open_operator_accounts(case: Case, _: Definition) -> Effects:
    """Open accounts for the roster's operators, to try the demo register."""
    roster.seat_operators(case)
    return Effects()


@offers()
def open_production_accounts(case: Case, _: Definition) -> Effects:
    """Open accounts for the operators of the roster that was filed for production."""
    roster.seat_operators(case)
    return Effects()


def _open(case: Case, person: Mapping[str, Any], role: str) -> None:
    user = access.open_account(case.session, person, role, case.entity, case.actor_id)
    if role in access.ANSWERING:
        notices.on_arrival(case.session, user, case.actor_id)


@offers()
def transfer_tasks(case: Case, _: Definition) -> Effects:
    """Transfer all tasks of the administrator to the new one."""
    designated = records.read(case, "administrator")
    _close_others(case, "administrator", designated["holder"])
    _close_others(case, "alternate", designated["alternate"])
    notices.link_settled(case.session, case.entity, case.actor_id)
    _must_be_answered(case)
    return Effects()


@offers()
def move_authority_tasks(case: Case, _: Definition) -> Effects:
    """Transfer the tasks to the new authority; roster and decision-makers are reviewed again."""
    change = records.read(case, "authority_change") or {}
    personnel_change.lock(case)
    mandate.take_office(case, change)
    access.void_authority_code(case.session, case.entity)
    authority = records.read(case, "authority")
    _close_others(case, "authority", authority)
    end = mandate.end_of(case.session, case.instance.id)
    if end is not None:
        began_at = mandate.began_at(end, case.instance)
        access.close_earlier(case.session, "preparer", case.entity, began_at, case.actor_id)
    if authority.get("email"):
        _open(case, authority, "authority")
    personnel_change.fill_authority(case)
    starts: tuple[Start, ...] = ()
    if change.get("administrator_stays") == "no":
        starts += _administrator_left(case)
    if change.get("administrator_stays") == "unknown" and _has_administrators(case):
        notices.redesignation_advised(case.session, case.entity, unknown=True)
    return Effects(starts=starts + _confirm_register(case))


def _confirm_register(case: Case) -> tuple[Start, ...]:
    """Plan a confirmation of the register in production; mid-path there is none to confirm.

    A redesignation begins if nobody could answer; the plan waits for its end.
    """
    if environments.find(case.session, case.entity, "production") is None:
        return ()
    return (Start("upkeep"), *_designate_another(case))


def _administrator_left(case: Case) -> tuple[Start, ...]:
    """End the function of an administrator who does not work in the entity any more.

    The coordinator gets a notice. A redesignation begins if nobody else answers their steps.
    """
    had_people = _has_administrators(case)
    ended = personnel_change.end_administrator(case)
    notices.redesignation_advised(case.session, case.entity, goes_on=not ended)
    return _designate_another(case) if had_people else ()


def _close_others(case: Case, role: str, person: Mapping[str, Any] | None) -> None:
    """Close the role for all people of the entity but this one."""
    keep = {key_of(person)} if person else set()
    access.close_others(case.session, role, case.entity, keep, case.actor_id)


# Changes of personnel ---------------------------------------------------------------------------


@offers("applied", "to_approve")
def apply_personnel_change(case: Case, _: Definition) -> Effects:
    """Apply a change of people, posts and holders, except the parts that need approval.

    A redesignation begins if the last person who answers the administrator's steps left.
    """
    had_people = _has_administrators(case) or personnel_change.ends_administrator(case)
    personnel_change.apply(case)
    outcome = "to_approve" if personnel_change.waits(case) else "applied"
    return Effects(outcome, starts=_designate_another(case) if had_people else ())


def _has_administrators(case: Case) -> bool:
    return not access.vacancies.is_vacant(case.session, ("administrator", case.entity.id))


def _designate_another(case: Case) -> tuple[Start, ...]:
    """Begin a redesignation if no user answers the administrator's steps any more."""
    open_ = access.grants.redesignation_is_open(case.session, case.entity.id)
    if open_ or _has_administrators(case):
        return ()
    notices.nobody_left(case.session, case.entity, "administrator")
    return (Start("redesignation"),)


@offers("needed", "not_needed")
def check_personnel_paper(case: Case, definition: Definition) -> Effects:
    """Return whether the norm in force requires the SIP-RVL-002 again (`personnel_change.dmn`)."""
    return Effects("needed" if personnel_change.presents(case, definition) else "not_needed")


# Registers ------------------------------------------------------------------------------------


@offers()
def open_demo_register(case: Case, _: Definition) -> Effects:
    """Open the entity's demo environment, with the personnel of the accepted SIP-RVL-002."""
    return _open_register(case, "demo")


@offers()
def open_production_register(case: Case, _: Definition) -> Effects:
    """Open the entity's production environment, with the personnel filed for production."""
    return _open_register(case, "production")


def _open_register(case: Case, environment: str) -> Effects:
    register = environments.open_register(case.session, case.entity, environment, case.actor_id)
    rows, sites = roster.read(case) or [], places.sites(case.session, case.entity)
    personnel.receive(case.session, register, rows, calendar.lima_day(case.at), sites)
    return Effects()


@offers()
def open_interest_acts(case: Case, _: Definition) -> Effects:
    """Open the record of interest acts of the entity's production register.

    If the stage is validated, no one approves its decision-makers any more: they are public.
    """
    register = environments.open_register(case.session, case.entity, "production", case.actor_id)
    if register.interest_acts_at is None:
        register.interest_acts_at = case.at
    if "interest_acts" in case.instance.validated:
        decisions.publish(case)
    return Effects()


# Tables ---------------------------------------------------------------------------------------


@offers("complete", "incomplete")
def check_demo_test(case: Case, definition: Definition) -> Effects:
    """Check the demo test's figures against `demo_acceptance.dmn`; issue the report of a test that
    is complete, for the administrator to sign."""
    missing = acceptance.missing(definition, "demo_acceptance", evidence.demo_test(case))
    documents.write(case, "demo_findings", missing)
    if not missing:
        _issue(case, "demo_report")
    return Effects("incomplete" if missing else "complete")


@offers("complete", "incomplete")
def check_training(case: Case, definition: Definition) -> Effects:
    """Check the attendance of each group against `training_acceptance.dmn`."""
    missing = [
        sentence
        for figures in evidence.training_groups(case)
        for sentence in acceptance.missing(definition, "training_acceptance", figures)
    ]
    documents.write(case, "training_findings", missing)
    return Effects("incomplete" if missing else "complete")


# Time -----------------------------------------------------------------------------------------


@offers()
def bring_follow_up_forward(case: Case, _: Definition) -> Effects:
    """Start the follow-up of the designation now, after three lapses, unless it has started."""
    return _forward("designation_overdue")


@offers()
def bring_personnel_follow_up_forward(case: Case, _: Definition) -> Effects:
    """Start the follow-up of the filing for production now, likewise."""
    return _forward("resubmission_overdue")


def _forward(timer: str) -> Effects:
    return Effects(reschedules=(Reschedule(timer, calendar.now()),))
