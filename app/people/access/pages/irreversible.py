"""Acts that cannot be taken back: a user with a second factor gives a recent code before them.

Merging entities, cancelling a process, people and their roles, the calendar of non-working days.
"""

from __future__ import annotations

#: Endpoints whose forms need a code not older than ten minutes.
ENDPOINTS = frozenset(
    {
        "cancelling.cancel",
        "cancelling.resolve",
        "days.add",
        "days.remove",
        "duplicates.merge",
        "leaving.account",
        "people.ask_factor_reset",
        "people.change_email",
        "people.confirm_factor_reset",
        "people.deactivate",
        "people.end_sign_in",
        "people.end_sign_ins",
        "people.grant_role",
        "people.invite_again",
        "people.new",
        "people.reactivate",
        "people.revoke_role",
        "people.withdraw_factor_reset",
        # the person's own second factor
        "accounts.remove_factor",
        "accounts.remove_passkey",
        "accounts.renew_recovery_codes",
    }
)
#: Kinds of batches that do the same to many; their confirmation needs the code.
KINDS_OF_BATCHES = frozenset({"authority", "entity_changes", "mandates", "proclaimed"})
