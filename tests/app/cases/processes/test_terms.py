"""Terms: their start, and the sentence that explains a date."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.base import calendar, formatting
from app.base.calendar import Calendar
from app.base.formatting import MONTHS
from app.base.models import Task

#: Days off in Peru, and two days that are none.
DECREED = {
    date(2026, 7, 27): "DS 075-2026-PCM",
    date(2026, 1, 2): "DS 042-2025-PCM",
    date(2026, 5, 4): "Ordenanza Regional 001-2026",
    date(2026, 5, 5): "Ordenanza Regional 001-2026",
    date(2026, 5, 6): "Día del distrito",
}
WORKING = Calendar(frozenset(DECREED))
WORK = "Plazo de trabajo de la implementación"
WHY = "Lo pidió la entidad por oficio"
LAW = "TUO de la Ley 27444, artículo 136"
SATURDAY_MORNING = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)
MONDAY_EVENING = datetime(2026, 3, 3, 3, 30, tzinfo=UTC)


def a_task(
    days: int | None,
    on: date | None,
    what: str = "arrival",
    working: Calendar = WORKING,
    **more: Any,
) -> Task:
    """Return a task with a term, due when that ends."""
    values: dict[str, Any] = {"added_days": 0, "due_kind": "práctica", "due_basis": WORK}
    task = Task(term_days=days, counted_on=on, counted_from=what, **(values | more))
    task.due_at = calendar.due_at(task, working)
    return task


def said(task: Task, **more: Any) -> str:
    """Return the sentence, with plain spaces."""
    return calendar.explain(task, WORKING, DECREED, **more).replace(formatting.NO_BREAK, " ")


def legal(**more: Any) -> dict[str, Any]:
    """Return the values of a legal term."""
    return {"what": "notification", "due_kind": "legal", "due_basis": LAW} | more


#: The golden table of sentences.
SENTENCES: list[tuple[Task, dict[str, Any], str]] = [
    (
        a_task(5, date(2026, 7, 22)),
        {},
        "5 días hábiles desde la llegada del paso, el 22 de julio de 2026, que no cuenta; 23, 28 y "
        "29 son feriados y el 27 es no laborable por el DS 075-2026-PCM: vence el 4 de agosto. "
        "Plazo de trabajo de la implementación.",
    ),
    (
        a_task(10, date(2026, 3, 2)),
        {},
        "10 días hábiles desde la llegada del paso, el 2 de marzo de 2026, que no cuenta: vence el "
        "16 de marzo. Plazo de trabajo de la implementación.",
    ),
    (
        a_task(1, date(2026, 3, 2), "session", due_basis=""),
        {},
        "1 día hábil desde la sesión, el 2 de marzo de 2026, que no cuenta: vence el 3 de marzo.",
    ),
    (
        a_task(8, date(2026, 7, 27)),
        {},
        "8 días hábiles desde la llegada del paso, el 27 de julio de 2026, no laborable por el DS "
        "075-2026-PCM, que no cuenta; el 28 y 29 de julio y el 6 de agosto son feriados: vence el "
        "11 de agosto. Plazo de trabajo de la implementación.",
    ),
    (
        a_task(1, date(2026, 7, 25)),
        {},
        "1 día hábil desde la llegada del paso, el sábado 25 de julio de 2026, que no es hábil y "
        "no cuenta; 28 y 29 son feriados y el 27 es no laborable por el DS 075-2026-PCM: vence el "
        "30 de julio. Plazo de trabajo de la implementación.",
    ),
    (
        a_task(1, date(2026, 7, 28), "go_live", due_basis="Plazo de trabajo del día en vivo."),
        {},
        "1 día hábil desde la salida en vivo, el 28 de julio de 2026, feriado, que no cuenta; el "
        "29 es feriado: vence el 30 de julio. Plazo de trabajo del día en vivo.",
    ),
    (
        a_task(8, date(2025, 12, 22)),
        {},
        "8 días hábiles desde la llegada del paso, el 22 de diciembre de 2025, que no cuenta; el "
        "25 de diciembre y el 1 de enero de 2026 son feriados y el 2 de enero de 2026 es no "
        "laborable por el DS 042-2025-PCM: vence el 6 de enero de 2026. Plazo de trabajo de la "
        "implementación.",
    ),
    (
        a_task(2, date(2026, 4, 30)),
        {},
        "2 días hábiles desde la llegada del paso, el 30 de abril de 2026, que no cuenta; el 1 de "
        "mayo es feriado, el 4 y 5 de mayo son no laborables por la Ordenanza Regional 001-2026 y "
        "el 6 de mayo es no laborable por Día del distrito: vence el 8 de mayo. Plazo de trabajo "
        "de la implementación.",
    ),
    (
        a_task(10, date(2026, 3, 2), added_days=5),
        {"extended": 5},
        "10 días hábiles desde la llegada del paso, el 2 de marzo de 2026, que no cuenta, más 5 "
        "por ampliación: vence el 23 de marzo. Plazo de trabajo de la implementación.",
    ),
    (
        a_task(10, date(2026, 3, 2), added_days=14),
        {"extended": 5, "caught_up": 7},
        "10 días hábiles desde la llegada del paso, el 2 de marzo de 2026, que no cuenta, más 5 "
        "por ampliación, 7 por suspensión y 2 por un cambio del calendario; el 2 y 3 de abril son "
        "feriados: vence el 7 de abril. Plazo de trabajo de la implementación.",
    ),
    (
        a_task(2, date(2026, 3, 9), **legal()),
        {"began_at": SATURDAY_MORNING},
        "2 días hábiles desde la notificación del sábado 7 de marzo de 2026, que se tiene por "
        "hecha el lunes 9 de marzo, día que no cuenta: vence el 11 de marzo. Es un plazo legal y "
        "no se amplía: TUO de la Ley 27444, artículo 136.",
    ),
    (
        a_task(7, date(2026, 3, 3), "reception", due_basis=""),
        {"began_at": MONDAY_EVENING},
        "7 días hábiles desde la recepción en mesa de partes del lunes 2 de marzo de 2026 a las "
        "22:30, que se tiene por hecha el martes 3 de marzo, día que no cuenta: vence el 12 de "
        "marzo.",
    ),
    (
        a_task(2, date(2026, 3, 2), **legal(due_basis="")),
        {"began_at": datetime(2026, 3, 2, 13, 0, tzinfo=UTC)},
        "2 días hábiles desde la notificación, el 2 de marzo de 2026, que no cuenta: vence el 4 de "
        "marzo. Es un plazo legal y no se amplía.",
    ),
    (
        a_task(2, None, **legal()),
        {},
        "2 días hábiles desde la notificación, que no cuenta; el plazo todavía no corre, porque "
        "falta notificar. Es un plazo legal y no se amplía: TUO de la Ley 27444, artículo 136.",
    ),
    (
        a_task(2, None, **legal(notice_at=MONDAY_EVENING, due_basis="")),
        {},
        "2 días hábiles desde la notificación, que no cuenta; el plazo todavía no corre, porque "
        "el correo que notifica todavía no sale. Es un plazo legal y no se amplía.",
    ),
    (
        a_task(2, None, **legal(notice_at=MONDAY_EVENING, notice_sent_at=MONDAY_EVENING)),
        {},
        "2 días hábiles desde la notificación, que no cuenta; el plazo todavía no corre, porque no "
        "consta que recibieran el correo del 2 de marzo de 2026: corre desde que alguien de la "
        "entidad lo confirme o abra el paso, o desde la notificación en papel. Es un plazo legal y "
        "no se amplía: TUO de la Ley 27444, artículo 136.",
    ),
    (
        a_task(3, date(2026, 3, 9), "resumed", due_basis=""),
        {},
        "3 días hábiles desde que el plazo volvió a correr, el 9 de marzo de 2026, que no cuenta: "
        "vence el 12 de marzo.",
    ),
    (
        a_task(3, date(2026, 3, 9), due_basis=""),
        {"suspended": True},
        "El proceso está suspendido y el plazo no corre; al reanudarse se agregan los días hábiles "
        "que haya durado. Hasta ahora: 3 días hábiles desde la llegada del paso, el 9 de marzo de "
        "2026, que no cuenta: vence el 12 de marzo.",
    ),
    (a_task(None, None, "", due_kind="", due_basis=""), {}, ""),
]


@pytest.mark.parametrize(("task", "more", "sentence"), SENTENCES)
def test_a_date_is_explained_with_its_reasons(task: Task, more: dict[str, Any], sentence: str):
    assert said(task, **more) == sentence


@pytest.mark.parametrize(
    ("left", "sentence"),
    [
        (3, "quedan 3 días hábiles."),
        (1, "queda 1 día hábil."),
        (0, "vencía ese día y, cuando vuelva a correr, quedará 1 día hábil."),
        (-4, "ya había vencido y, cuando vuelva a correr, quedará 1 día hábil."),
    ],
)
def test_a_term_that_stands_still_is_explained_by_the_days_that_are_left(left: int, sentence: str):
    assert said(a_task(10, date(2026, 3, 9), paused_days=left)) == (
        f"El plazo está detenido mientras se designa a otro administrador; {sentence}"
    )


def test_a_closed_term_is_not_explained_by_a_later_calendar():
    task = a_task(5, date(2026, 7, 22), working=Calendar())
    assert said(task) == (
        "5 días hábiles desde la llegada del paso, el 22 de julio de 2026, que no cuenta; con el "
        "calendario de entonces: vence el 3 de agosto. Plazo de trabajo de la implementación."
    )


# Read back ------------------------------------------------------------------------------------


class Read:
    """The content of a sentence, parsed by separate rules."""

    def __init__(self, sentence: str) -> None:
        plain = sentence.replace(formatting.NO_BREAK, " ")
        start = re.search(r"el (?:\w+ )?(\d+) de (\w+) de (\d{4})", plain)
        end = re.search(r": vence el (\d+) de (\w+)(?: de (\d{4}))?\.", plain)
        assert start
        assert end
        self.start = self.day(*start.groups())
        self.end = self.day(*end.groups())
        named = plain[: end.start()].partition("; ")[2]
        self.holidays: set[date] = set()
        self.decreed: dict[date, str] = {}
        clauses = re.findall(
            r"(?:^|, | y )(.+?) (?:es|son) (feriados?|no laborables? por \S+)", named
        )
        for days, reason in clauses:
            for day in self.days(days):
                assert day not in self.holidays | set(self.decreed), "named twice"
                if reason.startswith("feriado"):
                    self.holidays.add(day)
                else:
                    self.decreed[day] = reason.rpartition(" ")[2]
        said_so = "; " in plain[: end.start()]
        assert said_so == bool(self.holidays or self.decreed)

    def day(self, number: str, month: str = "", year: str = "") -> date:
        """Return a day; without month and year, those of the start."""
        in_month = MONTHS.index(month) + 1 if month else self.start.month
        return date(int(year) if year else self.start.year, in_month, int(number))

    def days(self, text: str) -> list[date]:
        """Return the days of a clause: `23, 28 y 29`, `el 28 y 29 de julio y el 6 de agosto`."""
        found = []
        for part in re.split(r"(?:^|, | y )el ", text):
            numbers, _, month = part.partition(" de ")
            month, _, year = month.partition(" de ")
            found += [self.day(number, month, year) for number in re.findall(r"\d+", numbers)]
        return found


@pytest.mark.nightly
@settings(max_examples=300)
@given(
    on=st.dates(date(2024, 6, 1), date(2028, 6, 1)),
    days=st.integers(1, 60),
    added=st.integers(0, 30),
    what=st.sampled_from(["arrival", "notification", "reception", "session", "go_live", "resumed"]),
    decreed=st.dictionaries(st.integers(-5, 120), st.sampled_from(["DS-1", "RM-2"]), max_size=12),
)
def test_the_days_that_it_names_are_those_that_did_not_count(
    on: date, days: int, added: int, what: str, decreed: dict[int, str]
):
    norms = {on + timedelta(days=n): norm for n, norm in decreed.items()}
    working = Calendar(frozenset(norms))
    task = a_task(days, on, what, working, added_days=added)
    read = Read(calendar.explain(task, working, norms, extended=added))
    assert task.due_at is not None
    last = calendar.last_day(task.due_at)
    assert (read.start, read.end) == (on, last)
    span = [on + timedelta(days=n) for n in range(1, (last - on).days + 1)]
    off = {day for day in span if not working.works(day)}
    weekends = {day for day in span if day.weekday() >= 5}
    named = read.holidays | set(read.decreed)
    assert named | weekends == off
    assert not named & weekends
    assert all(norms[day] == norm for day, norm in read.decreed.items())
    assert all(day in calendar.national_holidays(day.year) for day in read.holidays)
    assert len(span) - len(off) == days + added
