"""Measures of pages that show entities' progress: *Hoy*, the list, one entity, the programme."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from sqlalchemy import select

from app.base import calendar
from app.base.models import Entity, ProcessInstance
from app.onboarding.entity_list.filters import DUE, STAGES, STATE_NAMES, STATES
from app.onboarding.entity_list.ordering import ORDERS
from app.onboarding.programme.cases import monday_of
from tests.bench.bench import Bench
from tests.bench.browser import Browser, Within
from tests.bench.figures import Figure, percentile, timed
from tests.bench.measures_of_mandates import end_soon

PROGRAMME = (
    "/programa",
    "/programa/avance",
    "/programa/coordinadores",
    "/programa/regiones",
    "/programa/grupos",
    "/programa/recorrido",
    "/programa/recorrido/training",
    "/programa/dias",
)
#: Filters of the list of entities, except those whose values are the product's codes.
FILTERS = (
    "q=municipalidad+san",
    "manos=entidad",
    "manos=ambas",
    "coordinador=nadie",
    "nivel=local",
    "region=Cusco",
    "sector=GOBIERNOS+MUNICIPALES",
    "paso=review_designation",
    "espera=training",
    "convalidada=designation",
    "nivel=local&region=Cusco&orden=plazo",
    "plazo=atrasado&orden=-total",
    "sector=GOBIERNOS+MUNICIPALES&orden=-dias",
    "orden=region&pagina=30",
)
#: What *Hoy* says of mandates that end.
UNPLANNED = "sin un plan confirmado"
#: Number of requests of each page after the first.
LOOKS = 40
#: Entities whose pages are measured, at positions all over the path.
ENTITIES = 60


def today(bench: Bench) -> Figure:
    """Measure *Hoy* of a coordinator who receives the steps of all entities, while mandates end
    and no plan is confirmed: each change is judged.
    """
    end_soon(bench)
    page = Within(bench.app.test_client(), "sip").get("/hoy")
    if UNPLANNED not in page:
        raise RuntimeError("*Hoy* does not count the mandates")
    return measured_pages("today", bench, ["/hoy"])


def entity_list(bench: Bench) -> Figure:
    """Measure the list of entities under each filter, in each order, and under some
    combinations.
    """
    with bench.session() as session:
        known = select(Entity.sip_coordinator_id).where(Entity.sip_coordinator_id.is_not(None))
        in_charge = session.scalars(known.limit(1)).one()
    in_any_state = [
        *FILTERS,
        f"coordinador={in_charge}",
        f"terminada={monday_of(calendar.today())}",
        *(f"etapa={stage}" for stage in STAGES),
        *(f"plazo={due}" for due in DUE),
        *(f"orden={sign}{order}" for order in ORDERS if order for sign in ("", "-")),
    ]
    queries = [
        *(f"estado=todos&{one}" for one in in_any_state),
        *(f"estado={state}" for state in ("todos", *STATE_NAMES, *STATES)),
    ]
    return measured_pages(
        "entity_list", bench, ["/entidades", *(f"/entidades?{one}" for one in queries)]
    )


def entity_page(bench: Bench) -> Figure:
    """Measure the page of one entity, over sixty entities at positions all over the path."""
    with bench.session() as session:
        codes = session.scalars(
            select(Entity.code).join(ProcessInstance).order_by(ProcessInstance.id).limit(ENTITIES)
        ).all()
    return measured_pages("entity_page", bench, [f"/entidades/{code}" for code in codes])


def programme(bench: Bench) -> Figure:
    """Measure all pages of the programme."""
    return measured_pages("programme", bench, PROGRAMME)


#: Pages over all entities, and a file of them.
OVER_ALL = (
    "/pendientes",
    "/hoy",
    "/entidades?estado=todos",
    "/entidades?estado=todos&orden=-dias",
    "/entidades?estado=todos&orden=plazo",
    "/entidades?estado=todos&q=municipalidad+san",
    "/entidades?estado=en-marcha&orden=-total",
    *PROGRAMME,
)


def pages_of_many(bench: Bench) -> Figure:
    """Measure pages over ten times the catalogue's entities, after the first of each."""
    return measured_pages("pages_of_many", bench, OVER_ALL)


def first_pages_of_many(bench: Bench) -> Figure:
    """Measure the first page of each kind, in a server that has just started."""
    samples = []
    for path in OVER_ALL:
        with bench.served() as (address, _):
            browser = Browser(address, "sip")
            samples.append(timed(partial(browser.get, path)))
    return Figure.of("first_pages_of_many", bench.database, samples, "ms")


def start_with_many(bench: Bench) -> Figure:
    """Measure how long a server takes from its start to its first answer, in seconds."""
    began = time.perf_counter()
    with bench.served():
        took = time.perf_counter() - began
    return Figure.of("start_with_many", bench.database, [took], "s")


def measured_pages(name: str, bench: Bench, paths: Sequence[str]) -> Figure:
    """Measure pages in turn, over HTTP: the times of the slowest page, and the most statements of
    any page.
    """
    taken: dict[str, list[float]] = {path: [] for path in paths}
    with bench.served() as (address, _):
        browser = Browser(address, "sip")
        # The first turn fills the memory of each process, and is left out.
        for turn in range(LOOKS + 1):
            for path in paths:
                took = timed(partial(browser.get, path))
                if turn:
                    taken[path].append(took)
    slowest = max(taken.values(), key=lambda samples: percentile(samples, 0.95))
    return Figure.of(name, bench.database, slowest, "ms", statements=_most(bench, paths))


def _most(bench: Bench, paths: Sequence[str]) -> int:
    """Return the largest number of statements that one of the pages sends."""
    within = Within(bench.app.test_client(), "sip")
    sent = []
    for path in paths:
        within.get(path)
        with bench.statements() as statements:
            within.get(path)
        sent.append(len(statements))
    return max(sent)
