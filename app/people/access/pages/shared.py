"""The pages that all rooms share: public pages, help, accounts, health."""

from __future__ import annotations

from collections.abc import Mapping

from app.people.access.pages.rights import PUBLIC, SIGNED_IN

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
    "verification.ask": PUBLIC,
    "verification.show": PUBLIC,
    "verification.compare": PUBLIC,
    # what the menu has no place for
    "more.show": SIGNED_IN,
    # the search in the head
    "search.show": "list_entities",
    "search.send": "list_entities",
    "search.by_number": "unmask",
    "papers.show": SIGNED_IN,
    "papers.page": SIGNED_IN,
    "papers.picture": SIGNED_IN,
    "papers.signature": SIGNED_IN,
    "papers.large_picture": SIGNED_IN,
    # how the installation is; metrics ask for a separate token
    "health.show": "see_status",
    "health.health": PUBLIC,
    "health.alive": PUBLIC,
    "health.ready": PUBLIC,
    "health.show_metrics": PUBLIC,
    # accounts
    "accounts.sign_in": PUBLIC,
    "accounts.sign_out": PUBLIC,
    # they serve people who gave only their password, too
    "accounts.give_code": PUBLIC,
    "accounts.set_up_factor": PUBLIC,
    "accounts.add_passkey": PUBLIC,
    "accounts.passkey_options": PUBLIC,
    "accounts.confirm_factor": SIGNED_IN,
    "accounts.renew_recovery_codes": SIGNED_IN,
    "accounts.remove_factor": SIGNED_IN,
    "accounts.show_passkey": SIGNED_IN,
    "accounts.remove_passkey": SIGNED_IN,
    # the provider of identities: 404 where the settings name none
    "provider.go": PUBLIC,
    "provider.come_back": PUBLIC,
    "provider.confirm": SIGNED_IN,
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
    "accounts.change_sign_in_mails": SIGNED_IN,
    "accounts.change_keys": SIGNED_IN,
    "accounts.end_sign_in": SIGNED_IN,
    "accounts.end_others": SIGNED_IN,
    "own_calendar.show": SIGNED_IN,
    "own_calendar.make": SIGNED_IN,
    "own_calendar.void": SIGNED_IN,
    "calendars.personal": PUBLIC,
    "accounts.own_absences": SIGNED_IN,
    "accounts.end_own_absence": SIGNED_IN,
    "accounts.absences_of": "manage_people",
    "accounts.end_absence_of": "manage_people",
    "accounts.absences_in_entity": "note_absence",
    "accounts.end_absence_in_entity": "note_absence",
    "accounts.unmask_person": "unmask",
    "accounts.unmask_entity": "unmask",
}
