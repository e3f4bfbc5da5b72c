"""The pages of mails, reminders and incoming mail."""

from __future__ import annotations

from collections.abc import Mapping

PAGES: Mapping[str, str] = {
    "outbox.list_mails": "see_outbox",
    "outbox.show": "see_outbox",
    "outbox.reveal": "see_outbox fresh",
    "ledger.list_reminders": "see_outbox",
    "ledger.list_planned": "see_outbox",
    "ledger.list_holds": "see_outbox plain",
    "ledger.lift": "manage_reminders plain",
    "ledger.mute": "manage_reminders plain",
    "ledger.send_now": "manage_reminders plain",
    "outbox.confirm_address": "confirm_address plain",
    "incoming.list_incoming": "see_outbox",
    "incoming.show": "see_outbox",
    "incoming.mark_read": "read_answers plain",
    "contacts.show": "confirm_address",
    "contacts.correct_desk": "confirm_address fresh",
    "contacts.correct_person": "confirm_address fresh",
    "incidents.resume_domain": "resume_domain plain",
    "incidents.retry_mail": "retry_incident plain",
    "incidents.discard_mail": "retry_incident plain",
    # their addresses are the secret that the mail's reader got
    "sending.unsubscribe": "public plain",
    "receipts.confirm": "public plain",
}
