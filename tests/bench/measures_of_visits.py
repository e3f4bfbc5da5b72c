"""Measures of the public register of visits: searches and lists, as the public requests them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy import func, select

from app.base.models import RegisterMonth
from app.register import quality
from tests.bench import filled_visits
from tests.bench.bench import Bench
from tests.bench.browser import Browser, Within
from tests.bench.figures import Figure, timed

QUERIES = Path("bench") / "queries.txt"
#: Suffix of the kind of a query that finds nothing.
NOWHERE = ".none"
#: Number of requests of each page, with all others of its kind in between. The first round is not
#: counted.
ROUNDS = 5
MONTHS = (
    ("2025-03-01", "2025-03-31"),
    ("2025-09-01", "2025-09-30"),
    ("2026-04-01", "2026-04-30"),
    ("2026-10-01", "2026-10-31"),
)
#: Step between measured entities, from the busiest to the quietest.
EVERY = 5
#: Link to the page of a visit, present if a search found some.
FOUND = 'href="/visita/'


class Question(NamedTuple):
    """A page to request, and whether it shows any visit."""

    path: str
    finds: bool


def queries(kind: str) -> list[Question]:
    """Return the pages of a kind in `bench/queries.txt`."""
    found = []
    for line in QUERIES.read_text("utf-8").splitlines():
        said, _, words = line.partition(" ")
        if said.removesuffix(NOWHERE) == kind:
            path = "/visitas?" + urlencode({"q": words})
            found.append(Question(path, not said.endswith(NOWHERE)))
    return found


def search_full_name(bench: Bench) -> Figure:
    """Measure searches by all words of a person's name."""
    return search_figure(bench, "search_full_name", queries("full_name"))


def search_surname_newest(bench: Bench) -> Figure:
    """Measure searches by a common surname, newest first."""
    return search_figure(bench, "search_surname_newest", queries("surname_newest"))


def search_prefixes(bench: Bench) -> Figure:
    """Measure searches by the first letters of two words."""
    return search_figure(bench, "search_prefixes", queries("prefixes"))


def search_fragment(bench: Bench) -> Figure:
    """Measure searches by a piece from the middle of a word."""
    return search_figure(bench, "search_fragment", queries("fragment"))


def entity_month(bench: Bench) -> Figure:
    """Measure a month of one entity, from the busiest to the quietest."""
    pages = []
    for place, number in enumerate(range(0, filled_visits.ENTITIES, EVERY)):
        days = urlencode(dict(zip(("desde", "hasta"), MONTHS[place % len(MONTHS)], strict=True)))
        pages.append(Question(f"/visitas/{filled_visits.entity_code(number)}?{days}", finds=True))
    return search_figure(bench, "entity_month", pages)


def search_figure(bench: Bench, name: str, questions: Sequence[Question]) -> Figure:
    """Measure each page over HTTP, several times, and the most statements that one of
    them sends.
    """
    samples: list[float] = []
    with bench.served() as (address, _):
        browser = Browser(address)
        for _round in range(ROUNDS):
            samples += [timed(partial(look, browser, question)) for question in questions]
        browser.close()
    within = Within(bench.app.test_client())
    statements = 0
    for question in questions:
        with bench.statements() as sent:
            look(within, question)
        statements = max(statements, len(sent))
    counted = samples[len(questions) :]
    return Figure.of(name, bench.database, counted, "ms", statements=statements)


def look(browser: Browser, question: Question) -> None:
    """Request a page, and check that it finds visits or none, as expected."""
    if (FOUND in browser.get(question.path)) != question.finds:
        wanted = "shows no visit" if question.finds else "shows visits"
        raise LookupError(f"{question.path} {wanted}")


def month_figures(bench: Bench) -> Figure:
    """Measure the night's count of a month's figures over all registers, stored; in seconds."""
    samples = []
    with bench.session(writes=True) as session:
        for first, _ in MONTHS * ROUNDS:
            count = partial(quality.count, session, date.fromisoformat(first))
            samples.append(timed(count) / 1000)
        stored = session.scalar(select(func.sum(RegisterMonth.visits)))
    if not stored:
        raise LookupError("no visit was counted")
    return Figure.of("month_figures", bench.database, samples, "s")


MEASURES: Mapping[str, Callable[[Bench], Figure]] = {
    measure.__name__: measure
    for measure in (
        search_full_name,
        search_surname_newest,
        search_prefixes,
        search_fragment,
        entity_month,
        month_figures,
    )
}
