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
    "verification.ask": "public plain",
    "verification.show": PUBLIC,
    "verification.compare": "public plain",
    # what the menu has no place for
    "more.show": SIGNED_IN,
    # the search in the head
    "search.show": "list_entities",
    "search.send": "list_entities plain",
    "search.by_number": "unmask plain",
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
    "accounts.sign_in": "public plain",
    "accounts.sign_out": "public plain",
    # they serve people who gave only their password, too
    "accounts.give_code": "public plain",
    "accounts.set_up_factor": "public plain",
    "accounts.add_passkey": "public plain",
    "accounts.passkey_options": "public plain",
    "accounts.confirm_factor": "signed_in plain",
    "accounts.renew_recovery_codes": "signed_in fresh",
    "accounts.remove_factor": "signed_in fresh",
    "accounts.show_passkey": "signed_in plain",
    "accounts.remove_passkey": "signed_in fresh",
    # the provider of identities: 404 where the settings name none
    "provider.go": PUBLIC,
    "provider.come_back": PUBLIC,
    "provider.confirm": SIGNED_IN,
    "accounts.begin": PUBLIC,
    "accounts.activate": "public plain",
    "accounts.accept_invitation": "public plain",
    "accounts.renew_invitation": "public plain",
    "accounts.forgotten": "public plain",
    "accounts.choose_password": "public plain",
    "accounts.mine": SIGNED_IN,
    "accounts.change_password": "signed_in plain",
    "accounts.change_contact": "signed_in fresh",
    "accounts.change_digest": "signed_in plain",
    "accounts.change_sign_in_mails": "signed_in plain",
    "accounts.change_keys": "signed_in plain",
    "accounts.end_sign_in": "signed_in plain",
    "accounts.end_others": "signed_in plain",
    "own_calendar.show": SIGNED_IN,
    "own_calendar.make": "signed_in plain",
    "own_calendar.void": "signed_in plain",
    "calendars.personal": PUBLIC,
    "accounts.own_absences": "signed_in plain",
    "accounts.end_own_absence": "signed_in plain",
    "accounts.absences_of": "manage_people plain",
    "accounts.end_absence_of": "manage_people plain",
    "accounts.absences_in_entity": "note_absence plain",
    "accounts.end_absence_in_entity": "note_absence plain",
    "accounts.unmask_person": "unmask plain",
    "accounts.unmask_entity": "unmask plain",
}
