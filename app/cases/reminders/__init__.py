"""Reminders: the ladder that drives every overdue step, and the ledger of who was told of what.

`ladder`: which rung a day is; `people`: whom it reaches; `ledger`: a row with a key before there
is a mail; `holds`: what coordinators hold back; `digest`, `weekly`, `wording`: rows as a mail;
`afresh`: what of them is still to be told;
`run`: the job; `by_hand`: one sent now; `forecast`: what will be sent if nobody moves.
"""

from app.cases.reminders import holds
from app.cases.reminders.digest import html
from app.cases.reminders.forecast import Planned, forecast
from app.cases.reminders.holds import Refused
from app.cases.reminders.ladder import ARRIVAL
from app.cases.reminders.manual import REST, send_now
from app.cases.reminders.people import AS_WHOM
from app.cases.reminders.recheck import refresh
from app.cases.reminders.reminder_log import KINDS, left_over, tell_all_moved, tell_moved
from app.cases.reminders.run import is_open, look_again, run

__all__ = [
    "ARRIVAL",
    "AS_WHOM",
    "KINDS",
    "REST",
    "Planned",
    "Refused",
    "forecast",
    "holds",
    "html",
    "is_open",
    "left_over",
    "look_again",
    "refresh",
    "run",
    "send_now",
    "tell_all_moved",
    "tell_moved",
]
