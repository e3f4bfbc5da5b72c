"""Pages that show where entities stand: *Hoy*, the list, one entity, the programme."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy import select

from app.models import Entity, ProcessInstance
from tests.bench.bench import Bench
from tests.bench.browser import Browser, Within
from tests.bench.figures import Figure, timed

PROGRAMME = (
    "/programa",
    "/programa/regiones",
    "/programa/grupos",
    "/programa/recorrido",
    "/programa/recorrido/training",
    "/programa/dias",
)
#: The list as it is first seen, under each kind of filter, in several orders, and far behind.
LISTS = (
    "/entidades",
    "/entidades?q=municipalidad+san",
    "/entidades?etapa=designation",
    "/entidades?estado=en-curso&manos=entidad",
    "/entidades?plazo=atrasado&orden=-total",
    "/entidades?coordinador=nadie",
    "/entidades?nivel=local&region=Cusco&orden=plazo",
    "/entidades?sector=GOBIERNOS+MUNICIPALES&orden=-dias",
    "/entidades?paso=review_designation",
    "/entidades?orden=region&pagina=30",
)
LOOKS = 120
#: Entities that are looked at, all over the path.
ENTITIES = 60


def today(bench: Bench) -> Figure:
    """*Hoy* of a coordinator to whom the steps of all entities come."""
    return _pages("today", bench, ["/hoy"])


def entity_list(bench: Bench) -> Figure:
    """The list of entities under its filters and in its orders."""
    return _pages("entity_list", bench, LISTS)


def entity_page(bench: Bench) -> Figure:
    """The page of one entity, of sixty that stand all over the path."""
    with bench.session() as session:
        codes = session.scalars(
            select(Entity.code).join(ProcessInstance).order_by(ProcessInstance.id).limit(ENTITIES)
        ).all()
    return _pages("entity_page", bench, [f"/entidades/{code}" for code in codes])


def programme(bench: Bench) -> Figure:
    """All pages of the programme."""
    return _pages("programme", bench, PROGRAMME)


def _pages(name: str, bench: Bench, paths: Sequence[str]) -> Figure:
    """Pages in turn, over HTTP; the statements are those of the page that sends most."""
    turns = -(-LOOKS // len(paths)) + 1
    with bench.served() as (address, _):
        browser = Browser(address, "sip")
        samples = [timed(partial(browser.get, path)) for path in [*paths] * turns]
    # The first turn counts once in each process what stays in its memory, and is left out.
    return Figure.of(
        name, bench.database, samples[len(paths) :], "ms", statements=_most(bench, paths)
    )


def _most(bench: Bench, paths: Sequence[str]) -> int:
    """How many statements the page sends that sends most."""
    within = Within(bench.app.test_client(), "sip")
    sent = []
    for path in paths:
        within.get(path)
        with bench.statements() as statements:
            within.get(path)
        sent.append(len(statements))
    return max(sent)
