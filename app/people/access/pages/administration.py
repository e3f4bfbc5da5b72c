"""The pages of people, the catalogue, the calendar and the log of changes."""

from __future__ import annotations

from collections.abc import Mapping

PAGES: Mapping[str, str] = {
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
    "people.second_factor": "manage_people",
    "people.propose_factor_reset": "manage_people",
    "people.grant_role": "manage_people",
    "people.revoke_role": "manage_people",
    "people.coordinators": "assign_coordinators",
    # every change
    "audit.list_changes": "see_changes",
    # the versions of the process
    "process.list_versions": "see_process",
    "process.show": "see_process",
    "process.show_diagram": "see_process",
    "process.download": "see_process",
    "process.upload": "manage_process",
    "process.put_into_force": "manage_process",
    # rehearsals of migrations and their batches
    "rehearsals.of_version": "see_process",
    "rehearsals.cases": "see_process",
    "rehearsals.report": "see_process",
    "rehearsals.begin": "manage_process",
    "rehearsals.decide": "manage_process",
    "rehearsals.close": "manage_process",
    "rehearsals.new_batch": "manage_process",
    "rehearsals.drop_batch": "manage_process",
    "rehearsals.return_batch": "manage_process",
    # incidents of personal data; the view checks the right in the entity of an incident
    "breaches.list_all": "report_breach",
    "breaches.report": "report_breach",
    "breaches.report_of_platform": "manage_breaches",
    "breaches.show": "report_breach",
    "breaches.people": "report_breach",
    # catalogue
    "catalogue.list_entries": "manage_catalogue",
    "catalogue.edit": "manage_catalogue",
    "duplicates.mark": "manage_catalogue",
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
    "year_names.change": "manage_calendar",
}
