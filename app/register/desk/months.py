"""Lists by month: the month of the address, and those before and after it."""

from __future__ import annotations

import re
from datetime import date, timedelta

from flask import request, url_for

from app.base import calendar, formatting
from app.register.desk.frame import this_place


def requested_month() -> date:
    """Return the first day of the month in the address (`mes`, as 2026-08), or of this month."""
    found = re.fullmatch(r"(20[0-9]{2})-(0[1-9]|1[0-2])", request.args.get("mes", ""))
    return date(int(found[1]), int(found[2]), 1) if found else calendar.today().replace(day=1)


def neighbouring_months(month: date, endpoint: str) -> list[dict[str, str]]:
    """Return the month before, and the one after if it has begun: label and address."""
    last, following = month - timedelta(days=1), month + timedelta(days=31)
    months = [last.replace(day=1)]
    if following.replace(day=1) <= calendar.today():
        months.append(following.replace(day=1))
    return [
        {
            "label": name_of(one).capitalize(),
            "url": url_for(endpoint, **this_place(), mes=f"{one:%Y-%m}"),
        }
        for one in months
    ]


def list_of(day: date, endpoint: str) -> str:
    """Return the address of the list that contains a day."""
    month = None if day.replace(day=1) == calendar.today().replace(day=1) else f"{day:%Y-%m}"
    return url_for(endpoint, **this_place(), mes=month)


def name_of(month: date) -> str:
    """Return `agosto de 2026`."""
    return f"{formatting.MONTHS[month.month - 1]} de {month.year}"
