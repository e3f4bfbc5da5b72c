"""Versions with another ladder, for the tests that compare it with the one in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time

from app.cases import processes
from tests.app.cases.reminders.reminded import MONDAY, Days
from tests.app.walk import texts

#: Changes of the days of the ladder: more reminders of late steps, and fewer.
DENSER = {"-40": "-2", "-35": "-4", "-30": "-7", "2": "3"}
SPARSER = {"-1": "-41", "-3": "-42", "2": "30"}
#: The twelfth working day before this Monday, when a step of twelve days of delay was due.
DUE = date(2026, 2, 12)


#: The moment of the change, a few minutes after the installation.
FIVE_PAST = time(8, 5)


def version(days: Mapping[str, str], words: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return texts with another ladder: rungs on other days, recipients with other words."""
    table = texts()["reminders.dmn"]
    for old, new in days.items():
        table = table.replace(f"<text>{old}</text>", f"<text>{new}</text>")
    for old, new in (words or {}).items():
        table = table.replace(f'<text>"{old}"</text>', f'<text>"{new}"</text>')
    return texts() | {"reminders.dmn": table}


def put(days: Days, texts: Mapping[str, str]) -> None:
    days.commit(processes.deploy, texts)


def late(days: Days) -> None:
    """Start an onboarding of which a step is twelve working days late, and read up to Friday."""
    days.begin_monday()
    days.at(MONDAY, FIVE_PAST)
    days.due_on("designate_administrator", DUE)
