"""Reminders: the ladder that drives every overdue step, and the log of reminders.

`ladder`: the rung of a day; `people`: its recipients; `reminder_log`: a row with a key, written
before the mail; `holds`: reminders held by coordinators; `digest`, `weekly`, `wording`: rows as a
mail; `recheck`: which rows are still to be sent; `run`: the job; `manual`: a reminder sent now;
`forecast`: what will be sent if nothing changes.
"""

from app.cases.reminders import holds
from app.cases.reminders.digest import html
from app.cases.reminders.forecast import Planned, forecast
from app.cases.reminders.holds import Refused
from app.cases.reminders.ladder import ARRIVAL
from app.cases.reminders.manual import REST, send_now
from app.cases.reminders.people import CAPACITIES
from app.cases.reminders.recheck import refresh
from app.cases.reminders.reminder_log import KINDS, announce_all_moved, announce_moved, left_over
from app.cases.reminders.run import is_open, look_again, run

__all__ = [
    "ARRIVAL",
    "CAPACITIES",
    "KINDS",
    "REST",
    "Planned",
    "Refused",
    "announce_all_moved",
    "announce_moved",
    "forecast",
    "holds",
    "html",
    "is_open",
    "left_over",
    "look_again",
    "refresh",
    "run",
    "send_now",
]
