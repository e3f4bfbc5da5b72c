"""Acts that cannot be taken back: a user with a second factor gives a recent code before them.

Merging entities, cancelling and annulling, people and their roles, the calendar of non-working
days, putting a version of the process into force, moving cases to it, and suppressing personal
data.
"""

from __future__ import annotations

#: Endpoints whose forms need a code not older than ten minutes.
ENDPOINTS = frozenset(
    {
        "cancelling.cancel",
        "certificates.annul",
        "contacts.correct_person",
        "days.add",
        "days.remove",
        "departures.show",
        "kept.decide",
        "leaving.account",
        "leaving.official",
        "people.propose_factor_reset",
        "people.change_email",
        "people.coordinators",
        "people.deactivate",
        "people.end_sign_in",
        "people.end_sign_ins",
        "people.grant_role",
        "people.invite_again",
        "people.new",
        "people.reactivate",
        "people.revoke_role",
        "process.put_into_force",
        "proposals.show",
        "rehearsals.new_batch",
        "sessions.cancel",
        "year_names.change",
        # the person's own second factor
        "accounts.remove_factor",
        "accounts.remove_passkey",
        "accounts.renew_recovery_codes",
    }
)
#: Kinds of batches that do the same to many; their confirmation needs the code.
KINDS_OF_BATCHES = frozenset({"assign", "authority", "entity_changes", "mandates", "proclaimed"})
