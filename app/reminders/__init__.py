"""Reminders: the ladder that drives every overdue step, and the ledger of who was told of what.

`ladder`: which rung a day is; `people`: whom it reaches; `ledger`: a row with a key before there
is a mail; `holds`: what coordinators hold back; `digest`: a person's rows as one mail a day;
`run`: the job; `forecast`: what will be sent if nobody moves.
"""

from app.reminders.ledger import refresh, tell_all_moved, tell_moved
from app.reminders.people import AS_WHOM, People, Recipient

__all__ = [
    "AS_WHOM",
    "People",
    "Recipient",
    "refresh",
    "tell_all_moved",
    "tell_moved",
]
