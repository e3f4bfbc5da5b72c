"""The kinds of batches, in the order of the page of batches. To add one, add its object here."""

from __future__ import annotations

from collections.abc import Sequence

from app.base.models import Batch, User
from app.onboarding.batches.kind import Kind
from app.onboarding.batches.kinds.acts.assigning import ASSIGN as ASSIGN
from app.onboarding.batches.kinds.acts.extending import EXTEND as EXTEND
from app.onboarding.batches.kinds.acts.giving import GIVE as GIVE
from app.onboarding.batches.kinds.acts.noting import NOTE as NOTE
from app.onboarding.batches.kinds.acts.reminding import REMIND as REMIND
from app.onboarding.batches.kinds.acts.seating import ENROL as ENROL
from app.onboarding.batches.kinds.acts.seating import MOVE_SESSION as MOVE_SESSION
from app.onboarding.batches.kinds.acts.suspending import RESUME as RESUME
from app.onboarding.batches.kinds.acts.suspending import SUSPEND as SUSPEND
from app.onboarding.batches.kinds.attendance import ATTENDANCE as ATTENDANCE
from app.onboarding.batches.kinds.attendance import ATTENDANCE_FIX as ATTENDANCE_FIX
from app.onboarding.batches.kinds.baselines import BASELINE as BASELINE
from app.onboarding.batches.kinds.catalogue import ENTITY_CHANGES as ENTITY_CHANGES
from app.onboarding.batches.kinds.catalogue import RUCS as RUCS
from app.onboarding.batches.kinds.contacts import CONTACTS as CONTACTS
from app.onboarding.batches.kinds.elected.authorities import AUTHORITIES as AUTHORITIES
from app.onboarding.batches.kinds.elected.proclaimed import PROCLAIMED as PROCLAIMED
from app.onboarding.batches.kinds.letters import LETTERS as LETTERS
from app.onboarding.batches.kinds.mandates import MANDATES as MANDATES
from app.onboarding.batches.kinds.starting import START as START
from app.onboarding.batches.kinds.validating.validations import VALIDATIONS as VALIDATIONS
from app.people import access

KINDS: Sequence[Kind] = (
    AUTHORITIES,
    PROCLAIMED,
    MANDATES,
    CONTACTS,
    BASELINE,
    VALIDATIONS,
    START,
    LETTERS,
    ENTITY_CHANGES,
    RUCS,
    ATTENDANCE,
    REMIND,
    EXTEND,
    SUSPEND,
    RESUME,
    NOTE,
    ASSIGN,
    ENROL,
    MOVE_SESSION,
    ATTENDANCE_FIX,
    GIVE,
)
_BY_ID = {kind.id: kind for kind in KINDS}


def offered(user: User | None, of: str) -> list[Kind]:
    """Return the kinds that a user may begin from a list: `entities` or `tasks`."""
    return [
        kind
        for kind in KINDS
        if kind.choosing and of in kind.choosing.lists and access.may(user, kind.action)
    ]


def kind_of(batch: Batch) -> Kind:
    """Return the kind of a batch."""
    return _BY_ID[batch.kind]
