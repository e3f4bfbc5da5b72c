"""The pages of mails, reminders and incoming mail."""

from __future__ import annotations

from collections.abc import Mapping

from app.people.access.pages.rights import PUBLIC

PAGES: Mapping[str, str] = {
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
}
