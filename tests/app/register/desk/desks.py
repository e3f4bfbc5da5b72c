"""The desk in tests: its form, and the content of the register afterwards."""

from __future__ import annotations

import html
import itertools
import re
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from app.base.models import LogEntry, Visit
from tests.app.visited import CODE, SITE, Visited

DESK = f"/registro/{CODE}/produccion"
DEMO = f"/registro/{CODE}/demo"

ANA = {
    "document_type": "DNI",
    "document_number": "00000501",
    "surnames": "Quispe Inventada",
    "given_names": "Ana",
    "kind": "self",
    "entity": "",
    "entity_ruc": "",
}
_tokens = itertools.count()


def filled(*visitors: dict[str, str], **changed: str) -> dict[str, str]:
    """Return the form of an entry as a browser sends it; without visitors, Ana's."""
    data = {
        "submission": f"token-of-form-{next(_tokens)}",
        "official": "rojas",
        "official_id": "",
        "category": "work",
        "motive": "Coordinación de un convenio",
        "site": SITE,
        "place": "Oficina 201",
        "entry_on": "",
        "entry_hour": "",
        "exit_hour": "",
        "observation": "",
    }
    for place, one in enumerate(visitors or ({},)):
        data |= {f"visitors-{place}-{name}": value for name, value in (ANA | one).items()}
    return data | changed


def enter(visited: Visited, data: dict[str, str], by: str = "operator") -> TestResponse:
    """Send the form of an entry."""
    return visited.browser(by).post(DESK, data=data)


def rows(visited: Visited) -> list[Visit]:
    """Return all visits, in the order in which they were recorded."""
    with visited.reading() as session:
        found = session.scalars(select(Visit).order_by(Visit.id)).all()
        session.expunge_all()
        return list(found)


def entries(visited: Visited, kind: str) -> list[LogEntry]:
    """Return the log entries of a kind."""
    with visited.reading() as session:
        found = session.scalars(select(LogEntry).where(LogEntry.kind == kind)).all()
        session.expunge_all()
        return list(found)


def faults(answer: TestResponse) -> dict[str, str]:
    """Return field id → sentence, of the error summary of a page."""
    found = re.findall(r'<a href="#([\w-]+)">\s*(.*?)\s*</a>', answer.text, re.DOTALL)
    return {place: html.unescape(sentence) for place, sentence in found}


def message(answer: TestResponse) -> str:
    """Return the message of the page about what was done."""
    found = re.search(r'<p class="told" role="status">([^<]*)', answer.text)
    return html.unescape(found[1]).strip() if found else ""


def value(answer: TestResponse, name: str) -> Any:
    """Return the value of an input of the page; None without such an input."""
    tag = re.search(rf'<input[^>]*\bname="{name}"[^>]*>', answer.text)
    if tag is None:
        return None
    found = re.search(r'\bvalue="([^"]*)"', tag[0])
    return html.unescape(found[1]) if found else ""
