"""Measures of *Mis pendientes* of a coordinator who receives the tasks of all entities."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from urllib.parse import urlencode

from app.onboarding.tasks.queue.filters import FILTERS, Reader
from app.onboarding.tasks.queue.query import GROUPS, ORDERS
from app.people import access
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.measures_of_pages import measured_pages

PAGE = "/pendientes"
#: Several filters at once, in the orders and groups that a coordinator would choose.
COMBINED = (
    {"region": "Cusco", "plazo": "atrasado", "orden": "espera"},
    {"lista": "bandeja", "plazo": "semana", "grupo": "tipo"},
    {"tipo": "review_designation", "orden": "espera", "grupo": "tipo"},
    {"etapa": "training", "espera": "pcm"},
)


def my_tasks(bench: Bench) -> Figure:
    """Measure the page without a filter."""
    return measured_pages("my_tasks", bench, [PAGE])


def my_tasks_filtered(bench: Bench) -> Figure:
    """Measure the page under every value of every filter, in every order, grouped, and under some
    combinations.
    """
    return measured_pages("my_tasks_filtered", bench, list(_addresses(bench)))


def _addresses(bench: Bench) -> Iterator[str]:
    """Yield the addresses of the page under each filter that it offers."""
    with bench.session() as session:
        reader = Reader.of(session, access.holders(session, "sip", None)[0])
        single = [{one.name: value} for one in FILTERS for value in one.options(reader)]
    arranged = [
        *({"orden": order} for order in ORDERS if order),
        *({"grupo": group} for group in GROUPS if group),
    ]
    for query in chain(single, arranged, COMBINED):
        yield f"{PAGE}?{urlencode(query)}"
