"""Access to pages: a row per endpoint, enforced before any view runs.

A page is PUBLIC, for any user SIGNED_IN (the view checks the finer rule, as it knows the task or
file), or for users who may do an action. If its address names an entity (`<code>`), the user needs
the right in that entity; otherwise a right in any entity is enough. An endpoint that is not
listed is refused, and fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Flask, abort, g, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import Entity
from app.people.access import unsent
from app.people.access.rules import may, may_somewhere, me

PUBLIC = "public"
SIGNED_IN = "signed_in"
CATALOGUE = "manage_catalogue"

PAGES: Mapping[str, str] = {
    "static": PUBLIC,
    # everyone
    "public.home": PUBLIC,
    "public.about": PUBLIC,
    "public.accessibility": PUBLIC,
    "public.security_txt": PUBLIC,
    "public.too_large": PUBLIC,
    "manual.show_contents": PUBLIC,
    "manual.show_chapter": PUBLIC,
    "manual.show_picture": PUBLIC,
    "public.roster_template": SIGNED_IN,
    "public.file": SIGNED_IN,
    "papers.show": SIGNED_IN,
    "papers.page": SIGNED_IN,
    "papers.picture": SIGNED_IN,
    "papers.large_picture": SIGNED_IN,
    # the first page of the PCM's people
    "today.show": "see_today",
    # steps
    "tasks.inbox": "see_tasks",
    "tasks.open_step": SIGNED_IN,
    "tasks.show": SIGNED_IN,
    "tasks.review": SIGNED_IN,
    "tasks.send": SIGNED_IN,
    "tasks.after": SIGNED_IN,
    "tasks.assign": SIGNED_IN,
    "tasks.allow": SIGNED_IN,
    "tasks.paper": SIGNED_IN,
    "tasks.documents": SIGNED_IN,
    "tasks.attendance_sheet": SIGNED_IN,
    "tasks.ask_more_time": SIGNED_IN,
    "tasks.seen_to": "see_notices",
    "review.roster": SIGNED_IN,
    "review.attendance": SIGNED_IN,
    # recurring observations: one's own, and those of one's party
    "observation_texts.list_texts": "reuse_observations",
    "observation_texts.change": "reuse_observations",
    "observation_texts.remove": "reuse_observations",
    # what an entity corrects itself
    "correcting.before_filing": "correct_papers",
    # what an entity dictates to a coordinator
    "tasks.entered": SIGNED_IN,
    "dictation.begin": SIGNED_IN,
    "dictation.show": SIGNED_IN,
    "dictation.review": SIGNED_IN,
    "dictation.send": SIGNED_IN,
    "dictation.after": SIGNED_IN,
    # entities
    "entities.list_entities": "list_entities",
    "entities.list_file": "list_entities",
    "clocks.coordinators": "list_entities",
    "starting.start_many": "start_onboarding",
    "validating.validate_many": "validate_stage",
    # the programme
    "programme.overview": "list_entities",
    "programme.regions": "list_entities",
    "programme.groups": "list_entities",
    "programme.course": "list_entities",
    "programme.stage": "list_entities",
    "programme.durations": "list_entities",
    "programme_lists.registers": "list_entities",
    "programme_lists.week": "list_entities",
    "programme_lists.finished": "list_entities",
    "programme_lists.answered": "list_entities",
    "entities.show": "see_entity",
    "entities.show_tasks": "see_entity",
    "entities.show_documents": "read_file",
    "entities.show_people": "see_entity",
    "entities.show_register": "see_entity",
    "entities.show_mails": "see_outbox",
    "entities.show_history": "see_history",
    "filings.show": "see_history",
    "entities.show_acts": "see_acts",
    "departures.show": "leave_function",
    "departures.withdraw": "leave_function",
    "departures.sheet": "leave_function",
    "diagrams.show_path": "see_entity",
    "diagrams.show": "see_entity",
    "entities.start": "see_entity",
    "leaving.show_people": "start_change_personnel",
    "leaving.official": "start_change_personnel",
    "leaving.account": "start_change_personnel",
    "entities.new_code": "start_onboarding",
    "care.suspend": "suspend",
    "care.resume": "resume",
    "care.cancel": "cancel",
    "care.send_back": "send_back",
    "care.retry": "retry_incident",
    "care.extend": "send_back",
    "extensions.resolve": "send_back",
    "shared_ruc.confirm": "confirm_ruc",
    "notification.note": "send_back",
    "validation.choose": "validate_stage",
    "validation.show": "validate_stage",
    "incidents.list_incidents": "retry_incident",
    # questions, notes and texts of the help; POST asks for the right to write
    "questions.ask": "ask_question",
    "questions.list_of_entity": "see_questions",
    "questions.show": "see_questions",
    "questions.close": "see_questions",
    "questions.reopen": "answer_question",
    "questions.differ": "answer_question",
    "questions.take_mail": "answer_question",
    "questions.list_waiting": "list_questions",
    "notes.show": "read_notes",
    "help_texts.list_texts": PUBLIC,
    "help_texts.make": "edit_help",
    "help_texts.edit": "edit_help",
    "help_texts.withdraw": "edit_help",
    # acts on many entities; the view asks for the action of their kind too
    "letters.prepare": "start_onboarding",
    "letters.of_batch": "start_onboarding",
    "letters.again": "start_onboarding",
    "letters.of_entity": "start_onboarding",
    "letters.make": "start_onboarding",
    "batches.list_batches": "see_batches",
    "batches.new": "run_batches",
    "batches.template": "run_batches",
    "batches.show": "see_batches",
    "batches.confirm": "run_batches",
    "batches.go_on": "run_batches",
    "batches.stop": "run_batches",
    "batches.discard": "run_batches",
    "batches.report": "see_batches",
    # calendar
    "mandate_plan.show": "plan_mandates",
    "mandate_plan.freeze": "plan_mandates",
    "mandate_plan.sheet": "see_history",
    "mandates.show": "see_mandates",
    "mandates.add": "manage_mandates",
    "mandates.correct": "manage_mandates",
    "mandates.remove": "manage_mandates",
    "days.show_year": "see_calendar",
    "days.add": "manage_calendar",
    "days.remove": "manage_calendar",
    # sessions, mails
    "sessions.list_sessions": "list_entities",
    "sessions.new": "publish_sessions",
    "sessions.edit": "publish_sessions",
    "sessions.cancel": "publish_sessions",
    "outbox.list_mails": "see_outbox",
    "outbox.show": "see_outbox",
    "ledger.list_reminders": "see_outbox",
    "ledger.list_planned": "see_outbox",
    "ledger.list_holds": "see_outbox",
    "ledger.lift": "manage_reminders",
    "ledger.mute": "manage_reminders",
    "ledger.send_now": "manage_reminders",
    "outbox.confirm_address": "confirm_address",
    "incoming.list_incoming": "see_outbox",
    "incoming.show": "see_outbox",
    "incoming.mark_read": "read_answers",
    "contacts.show": "confirm_address",
    "contacts.correct_desk": "confirm_address",
    "contacts.correct_person": "confirm_address",
    "incidents.resume_domain": "resume_domain",
    "incidents.retry_mail": "retry_incident",
    "incidents.discard_mail": "retry_incident",
    # their addresses are the secret that the mail's reader got
    "sending.unsubscribe": PUBLIC,
    "receipts.confirm": PUBLIC,
    # how the installation is; metrics ask for a separate token
    "health.show": "see_status",
    "health.health": PUBLIC,
    "health.show_metrics": PUBLIC,
    # accounts
    "accounts.sign_in": PUBLIC,
    "accounts.sign_out": PUBLIC,
    "accounts.begin": PUBLIC,
    "accounts.activate": PUBLIC,
    "accounts.accept_invitation": PUBLIC,
    "accounts.renew_invitation": PUBLIC,
    "accounts.forgotten": PUBLIC,
    "accounts.choose_password": PUBLIC,
    "accounts.mine": SIGNED_IN,
    "accounts.change_password": SIGNED_IN,
    "accounts.change_contact": SIGNED_IN,
    "accounts.change_digest": SIGNED_IN,
    "accounts.end_sign_in": SIGNED_IN,
    "accounts.end_others": SIGNED_IN,
    "accounts.own_absences": SIGNED_IN,
    "accounts.end_own_absence": SIGNED_IN,
    "accounts.absences_of": "manage_people",
    "accounts.end_absence_of": "manage_people",
    "accounts.absences_in_entity": "note_absence",
    "accounts.end_absence_in_entity": "note_absence",
    "accounts.unmask_person": "unmask",
    "accounts.unmask_entity": "unmask",
    # people
    "people.list_people": "manage_people",
    "people.new": "manage_people",
    "people.show": "manage_people",
    "people.change_email": "manage_people",
    "people.invite_again": "manage_people",
    "people.deactivate": "manage_people",
    "people.reactivate": "manage_people",
    "people.sign_ins": "manage_people",
    "people.end_sign_in": "manage_people",
    "people.end_sign_ins": "manage_people",
    "people.grant_role": "manage_people",
    "people.revoke_role": "manage_people",
    "people.coordinators": "assign_coordinators",
    # every change
    "audit.list_changes": "see_changes",
    # catalogue
    "catalogue.list_entries": "manage_catalogue",
    "catalogue.edit": "manage_catalogue",
    "duplicates.merge": "manage_catalogue",
    # registers of visits
    "past.show": "manage_register",
    "past.check": "manage_register",
    "past.show_run": "manage_register",
    "past.confirm": "manage_register",
    "past.table": "manage_register",
    "settings.show": "manage_register",
    "settings.change": "manage_register",
    "statements.state": "state_evidence",
    "script.show": "see_register",
    "dated_rules.show": "set_rules",
    "dated_rules.correct": "set_rules",
    "kept.list_visits": "see_register",
    "kept.show": "see_register",
    "kept.unmask": "unmask",
    "kept.correct": "record_visits",
    "kept.annul": "record_visits",
    "kept.enter_reserved": "manage_register",
    "kept.reserve": "manage_register",
    "kept.lift": "manage_register",
    "register_days.list_outages": "see_register",
    "register_days.declare_outage": "record_visits",
    "register_days.end_outage": "record_visits",
    "register_days.withdraw_outage": "record_visits",
    "register_days.sheet": "record_visits",
    "register_days.show_counts": "see_register",
    "register_days.count": "record_visits",
    "register_days.list_empty": "see_register",
    "register_days.declare_empty": "record_visits",
    "register_days.withdraw_empty": "record_visits",
    "desk.show": "record_visits",
    "desk.leave": "record_visits",
    "desk.find_officials": "record_visits",
    "desk.find_visitor": "record_visits",
    "closing.close_day": "record_visits",
    "agenda.show": "record_visits",
    "agenda.new": "record_visits",
    "agenda.cancel": "record_visits",
    "agenda.arrive": "record_visits",
    "acts.list_acts": "record_visits",
    "acts.show": "record_visits",
    "acts.new": "record_visits",
    "acts.correct": "record_visits",
    "acts.annul": "record_visits",
    "consult.list_all": PUBLIC,
    "consult.list_of_entity": PUBLIC,
    "consult.list_demo": "see_register",
    "by_number.look_up": PUBLIC,
    "represented.look_up": PUBLIC,
    "represented.show": PUBLIC,
    "corrections.show": PUBLIC,
    "public_visit.show": PUBLIC,
    "public_visit.show_demo": "see_register",
    "coverage.show": PUBLIC,
    "coverage.what_it_is": PUBLIC,
    "public_acts.list_acts": PUBLIC,
    "public_acts.list_of_entity": PUBLIC,
    "public_acts.show": PUBLIC,
    "decision_makers.list_entities": PUBLIC,
    "decision_makers.show": PUBLIC,
    "decision_makers.show_post": PUBLIC,
    # subscriptions: what their mails link to is the secret that the reader got
    "subscriptions.show": PUBLIC,
    "subscriptions.ask_for_corrections": PUBLIC,
    "subscriptions.ask_for_entity": PUBLIC,
    "subscriptions.ask_for_post": PUBLIC,
    "subscriptions.ask_for_represented": PUBLIC,
    "subscriptions.sent": PUBLIC,
    "subscriptions.confirm": PUBLIC,
    "subscriptions.leave": PUBLIC,
    "feeds.entity": PUBLIC,
    "feeds.post": PUBLIC,
    "feeds.represented": PUBLIC,
    "feeds.corrections": PUBLIC,
    # open data
    "open_data.visits": PUBLIC,
    "open_data.visits_of_entity": PUBLIC,
    "open_data.visits_of_month": PUBLIC,
    "open_data.demo_visits": "see_register",
    "open_data.acts": PUBLIC,
    "open_data.acts_of_entity": PUBLIC,
    "open_data.decision_makers": PUBLIC,
    "open_data.decision_makers_of": PUBLIC,
    "open_data.coverage": PUBLIC,
    "open_data.days_without_visits": PUBLIC,
    "data.show": PUBLIC,
    "data.dictionary": PUBLIC,
    "data.data_package": PUBLIC,
    "data.schema": PUBLIC,
    "data.schema_of": PUBLIC,
    "data.catalogue": PUBLIC,
    "data.changes": PUBLIC,
    "data.implementation_today": PUBLIC,
    "data.implementation_of": PUBLIC,
}


def init_app(app: Flask) -> None:
    """Guard every page of the application."""
    app.before_request(guard)


def guard() -> Response | None:
    """Accept the request, redirect signed-out users to sign in, or answer 404."""
    if request.endpoint is None:
        return None  # no such page: Flask says so
    rule = PAGES.get(request.endpoint)
    if rule is None:
        abort(404)
    if rule == PUBLIC:
        return None
    user = me()
    if user is None:
        return to_sign_in()
    if rule == SIGNED_IN:
        return None
    code = (request.view_args or {}).get("code")
    if code is None:
        allowed = may_somewhere(user, rule)
    else:
        g.entity = db.session().scalar(select(Entity).where(Entity.code == code))
        # A duplicate is known to the catalogue alone; elsewhere its address leads to its entity.
        known = g.entity is not None and (not g.entity.merged_into_id or rule == CATALOGUE)
        allowed = known and may(user, rule, g.entity)
    if not allowed:
        abort(404)
    return None


def this_entity() -> Entity:
    """Return the entity that the address names (`<code>`), whose page the guard has let pass."""
    entity: Entity = g.entity
    return entity


def to_sign_in() -> Response:
    """Return where the signed-out go; afterwards they come back to the page that they wanted.

    The form that they posted is kept for them (see `unsent`).
    """
    reads = request.method in ("GET", "HEAD")
    wanted = request.full_path.rstrip("?") if reads else unsent.keep()
    return unsent.lead(url_for("accounts.sign_in", siguiente=wanted or None))


def try_again() -> Response | None:
    """Answer a form that comes from another session than the one it was made in.

    Redirect to its page, filled (signed-out users sign in first). Return None if the form does not
    belong to the reader."""
    wanted = unsent.keep()
    if not wanted:
        return None
    signed_in = me() is not None
    return unsent.lead(wanted if signed_in else url_for("accounts.sign_in", siguiente=wanted))


def local_path(text: str | None) -> str:
    """Return a path of this site to go to, or "/" for any other text."""
    if not text or not text.startswith("/") or text.startswith("//") or not text.isprintable():
        return "/"
    if "\\" in text or len(text) > 500:
        return "/"
    parts = urlsplit(text)
    return "/" if parts.scheme or parts.netloc else text
