"""The programme counted again from its rows, slowly and in another way; and its pages, read."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import holidays
import lxml.html
from sqlalchemy import select

from app.base import calendar
from app.base.definitions import definition_of, in_force
from app.base.models import Entity, Holding, NonWorkingDay, ProcessInstance, Task, User
from app.onboarding.entity_list.filters import STAGES
from tests.app.walk import Walk

#: The labelled parts of a picture: bars and tiles, linked or not, and nodes of diagrams.
MARKED = (
    './/svg//*[@aria-label or @data-element or @class="diagram__link"'
    ' or (@role="img" and title)] | .//*[contains(@class, "chart__link")]'
)
#: The classes of the visible texts of charts at 1280 px.
VISIBLE = ("chart__number", "map__name", "map__share")
SPACES = {"\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " "}


@cache
def peru(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("PE", years=year))


class Recount:
    """Counts everything again from the rows, slowly and in another way."""

    def __init__(self, walk: Walk) -> None:
        with walk.reading() as session:
            self.definition = definition_of(in_force(session))
            self.entities = [e for e in session.scalars(select(Entity)) if e.active]
            self.off = [(d.on, d.scope, d.place) for d in session.scalars(select(NonWorkingDay))]
            self.users = {u.id: u.full_name for u in session.scalars(select(User))}
            self.tasks = list(session.scalars(select(Task).order_by(Task.id)))
            holdings = list(session.scalars(select(Holding).order_by(Holding.since_at)))
            rows = list(session.scalars(select(ProcessInstance).order_by(ProcessInstance.id)))
        self.newest: dict[int, ProcessInstance] = {}
        for row in rows:
            if row.process == "onboarding":
                self.newest[row.entity_id] = row
        self.past: dict[int, list[Holding]] = defaultdict(list)
        for one in holdings:
            self.past[one.instance_id].append(one)

    def place(self, entity: Entity) -> str:
        row = self.newest.get(entity.id)
        if row is None:
            return "sin-iniciar"
        if row.status == "cancelled":
            return "anulado"
        if row.status == "ended":
            return "no-corresponde" if row.end_name == "No corresponde" else "terminado"
        return row.stage

    def works(self, day: date, entity: Entity) -> bool:
        places = {"national": "", "region": entity.department, "entity": entity.code}
        decreed = any(on == day and places[scope] == where for on, scope, where in self.off)
        return day.weekday() < 5 and day not in peru(day.year) and not decreed

    def ended(self, since: datetime, until: datetime, entity: Entity) -> int:
        """Count the working days that end after `since` and not after `until`.

        A day ends at midnight in Lima.
        """
        count, day = 0, calendar.lima_day(since)
        while (end := calendar.midnight(day + timedelta(days=1))) <= until:
            count += since < end and self.works(day, entity)
            day += timedelta(days=1)
        return count

    def finished(self, entity: Entity) -> list[str]:
        row, place = self.newest.get(entity.id), self.place(entity)
        if row is None or place in ("anulado", "no-corresponde"):
            return []
        stages = STAGES if place == "terminado" else STAGES[: STAGES.index(place)]
        return [stage for stage in stages if stage not in row.validated]

    def finishes(self) -> Iterator[tuple[Entity, str, date, dict[str, int]]]:
        """Yield each finished stage: entity, stage, the day on which it was left, days by party."""
        for entity in self.entities:
            for stage in self.finished(entity):
                row = self.newest[entity.id]
                before = STAGES[: STAGES.index(stage) + 1]
                ends = [one.until_at for one in self.past[row.id] if one.stage in before]
                days: dict[str, int] = defaultdict(int)
                for one in self.past[row.id]:
                    if one.stage == stage:
                        party = "sip" if one.party == "secretary" else one.party
                        days[party] += self.ended(one.since_at, one.until_at, entity)
                yield entity, stage, calendar.lima_day(max(ends, default=row.started_at)), days

    def validated(self, stage: str) -> int:
        rows = (self.newest.get(entity.id) for entity in self.entities)
        return sum(row is not None and stage in row.validated for row in rows)


def ranked(values: list[int], percent: int) -> int:
    """Return the nearest rank, as textbooks define it."""
    return sorted(values)[math.ceil(percent / 100 * len(values)) - 1]


# Reading pages --------------------------------------------------------------------------------


class Page:
    """A page of the programme as its reader finds it."""

    def __init__(self, walk: Walk, path: str, role: str = "sip") -> None:
        answer = walk.browser(role).get(path)
        assert answer.status_code == 200, path
        text = answer.text
        for space, plain in SPACES.items():
            text = text.replace(space, plain)
        self.tree = lxml.html.fromstring(text)

    def table(self, number: int = 0) -> dict[str, list[Any]]:
        """Return the first cell of each row → its other cells.

        Cells that hold only a bar are left out.
        """
        table = self.tree.findall(".//table")[number]
        return {
            said(row.find("th")): [cell for cell in row.findall("td") if said(cell)]
            for row in table.findall("tbody/tr")
        }

    def pictured(self) -> dict[str, tuple[str, str]]:
        """Return the title of each bar, tile or node → its text and its URL."""
        found = {}
        for node in self.tree.xpath(MARKED):
            label = node.get("aria-label") or node.get("title") or said(node.find("title"))
            texts = [said(text) for text in node.iterfind(".//text")] or [
                said(part) for part in node.iterfind("span") if part.get("class") in VISIBLE
            ]
            found[label] = (" ".join(filter(None, texts)), node.get("href") or "")
        return found


def said(element: Any) -> str:
    """Return the text of an element; "" if there is none."""
    return "" if element is None else " ".join(element.text_content().split())


def number(element: Any) -> int:
    return int(said(element).replace(" ", ""))


def link(element: Any) -> str:
    found = element.find(".//a")
    return "" if found is None else found.get("href")
