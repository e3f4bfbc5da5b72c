"""Examples of changes of the register's people, for the steps that take them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from forms.fields.people import invented, key_of
from forms.shapes.decision_makers import invented_posts
from forms.shapes.filing_examples import ADMINISTRATOR, ROSTER, row_of

TODAY = date(2027, 2, 15)
MAYOR, BUYER = invented_posts()
OPERATORS = [row for row in ROSTER if row["profile"] == "operator" and row["movement"] == "alta"]
SINCE = {f"{row['document_type']} {row['document_number']}": "2026-10-01" for row in ROSTER}
GIVEN = {
    "today": TODAY,
    "roster": ROSTER,
    "administrators": [list(key_of(ADMINISTRATOR["holder"]))],
    "has_register": True,
    "decision_makers": invented_posts(),
    "personnel_since": SINCE,
}
NEXT = {
    "document_number": "00000304",
    "given_names": "Julia Persona",
    "surnames": "Díaz Muestra",
    "from_on": "2027-02-11",
}
NUMBER = "Resolución de Alcaldía 012-2027"
NEW_POST = BUYER | {
    "post": "Jefa de licencias",
    "unit": "Desarrollo Urbano",
    "document_number": "00000305",
    "given_names": "Rosa Persona",
    "from_on": "2027-02-12",
}


def leaving(row: Mapping[str, str], last_day: date = TODAY) -> dict[str, str]:
    """Return a person of the roster as someone who leaves."""
    return {
        "document_type": row["document_type"],
        "document_number": row["document_number"],
        "last_day": last_day.isoformat(),
        "reason": "link_ended",
    }


def opened(name: str, day: date = TODAY - timedelta(days=7)) -> dict[str, str]:
    """Return a site that is opened."""
    return {
        "what": "site",
        "movement": "opened",
        "name": name,
        "day": day.isoformat(),
        "reason": "Ordenanza 012-2027",
    }


def closed(name: str, to: str = "") -> dict[str, str]:
    """Return a site that is closed."""
    return opened(name) | {"movement": "closed", "to": to}


def newcomer(random: Random) -> dict[str, Any]:
    """Return the row of an invented operator who comes."""
    return dict(row_of(invented(random, "Recepcionista"), "operator"))


def one_for_another(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return a change in which the last operator leaves and another one comes."""
    operators = [
        row
        for row in given["roster"] or ()
        if row["profile"] == "operator" and row["movement"] == "alta"
    ]
    return {
        "rows": [newcomer(random)],
        "leaving": [leaving(row, given["today"]) for row in operators[-1:]],
    }


def new_post(given: Mapping[str, Any], _random: Random) -> dict[str, Any]:
    """Return a change that adds a post which the entity determines."""
    day = given["today"] - timedelta(days=1)
    return {"posts": [NEW_POST | {"from_on": day.isoformat()}], "number": NUMBER}
