"""The pages of people, the catalogue, the calendar and the log of changes."""

from __future__ import annotations

from collections.abc import Mapping

PAGES: Mapping[str, str] = {
    # people
    "people.list_people": "manage_people",
    "people.new": "manage_people fresh",
    "people.show": "manage_people",
    "people.change_email": "manage_people fresh",
    "people.invite_again": "manage_people fresh",
    "people.deactivate": "manage_people fresh",
    "people.reactivate": "manage_people fresh",
    "people.sign_ins": "manage_people",
    "people.end_sign_in": "manage_people fresh",
    "people.end_sign_ins": "manage_people fresh",
    "people.second_factor": "manage_people",
    "people.propose_factor_reset": "manage_people fresh",
    "people.grant_role": "manage_people fresh",
    "people.revoke_role": "manage_people fresh",
    "people.coordinators": "assign_coordinators fresh",
    # every change
    "audit.list_changes": "see_changes",
    # the versions of the process
    "process.list_versions": "see_process",
    "process.show": "see_process",
    "process.show_diagram": "see_process",
    "process.download": "see_process",
    "process.upload": "manage_process plain",
    "process.put_into_force": "manage_process fresh",
    # rehearsals of migrations and their batches
    "rehearsals.of_version": "see_process",
    "rehearsals.cases": "see_process",
    "rehearsals.report": "see_process",
    "rehearsals.begin": "manage_process plain",
    "rehearsals.decide": "manage_process plain",
    "rehearsals.close": "manage_process plain",
    "rehearsals.new_batch": "manage_process fresh",
    "rehearsals.drop_batch": "manage_process plain",
    "rehearsals.return_batch": "manage_process plain",
    # incidents of personal data; the view checks the right in the entity of an incident
    "breaches.list_all": "report_breach",
    "breaches.report": "report_breach plain",
    "breaches.report_of_platform": "manage_breaches plain",
    "breaches.show": "report_breach plain",
    "breaches.people": "report_breach plain",
    # catalogue
    "catalogue.list_entries": "manage_catalogue",
    "catalogue.edit": "manage_catalogue fresh",
    "duplicates.mark": "manage_catalogue fresh",
    # calendar
    "mandate_plan.show": "plan_mandates",
    "mandate_plan.freeze": "plan_mandates plain",
    "mandate_plan.sheet": "see_history",
    "mandates.show": "see_mandates",
    "mandates.add": "manage_mandates fresh",
    "mandates.correct": "manage_mandates fresh",
    "mandates.remove": "manage_mandates fresh",
    "days.show_year": "see_calendar",
    "days.add": "manage_calendar fresh",
    "days.remove": "manage_calendar fresh",
    "year_names.change": "manage_calendar fresh",
}
