"""Reminders: the ladder that drives every overdue step, and the log of reminders.

`ladder`: the rung of a day; `people`: its recipients; `reminder_log`: a row with a key, written
before the mail; `holds`: reminders held by coordinators; `digest`, `weekly`, `wording`: rows as a
mail; `recheck`: which rows are still to be sent; `run`: the job; `manual`: a reminder sent now;
`forecast`: what will be sent if nothing changes.
"""

from app.cases.reminders import holds as holds
from app.cases.reminders import manual as manual
from app.cases.reminders.digest import html as html
from app.cases.reminders.forecast import Planned as Planned
from app.cases.reminders.forecast import forecast as forecast
from app.cases.reminders.holds import Refused as Refused
from app.cases.reminders.manual import send_now as send_now
from app.cases.reminders.people import CAPACITIES as CAPACITIES
from app.cases.reminders.recheck import refresh as refresh
from app.cases.reminders.reminder_log import KINDS as KINDS
from app.cases.reminders.reminder_log import announce_all_moved as announce_all_moved
from app.cases.reminders.reminder_log import announce_gone_back as announce_gone_back
from app.cases.reminders.reminder_log import announce_moved as announce_moved
from app.cases.reminders.reminder_log import announce_returned as announce_returned
from app.cases.reminders.reminder_log import left_over as left_over
from app.cases.reminders.run import is_open as is_open
from app.cases.reminders.run import look_again as look_again
from app.cases.reminders.run import run as run
