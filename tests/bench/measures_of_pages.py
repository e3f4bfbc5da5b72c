"""Measures of pages over all entities, of one entity, and of a review."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import chain
from urllib.parse import urlencode

import pikepdf
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.base import calendar, files
from app.base.files import Owner
from app.base.models import Entity, Filing, ProcessInstance, Record, Task, User
from app.cases import records
from app.cases.case import Case
from app.onboarding.entity_list.filters import DUE, STAGES, STATE_NAMES, STATES
from app.onboarding.entity_list.ordering import ORDERS
from app.onboarding.programme.cases import monday_of
from app.onboarding.tasks.queue import filters, query
from app.people import access
from tests.bench.bench import Bench
from tests.bench.browser import Browser, Within
from tests.bench.figures import Figure, percentile, timed
from tests.bench.measures_of_acts import end_soon
from tests.bench.measures_of_answers import person

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
        reader = filters.Reader.of(session, access.holders(session, "sip", None)[0])
        single = [{one.name: value} for one in filters.FILTERS for value in one.options(reader)]
    arranged = [
        *({"orden": order} for order in query.ORDERS if order),
        *({"grupo": group} for group in query.GROUPS if group),
    ]
    for chosen in chain(single, arranged, COMBINED):
        yield f"{PAGE}?{urlencode(chosen)}"


#: People with an account; some of them are added for this measure.
PEOPLE = 20_000
GIVEN = ("María", "José Luis", "Ana", "Rosa", "Íñigo", "Carmen", "Jorge", "Lucía", "Zoila", "Óscar")
FIRST = (
    "Quispe",
    "Huamán",
    "Pérez",
    "Mamani",
    "Ñahui",
    "Rojas",
    "Flores",
    "Gárate",
    "Inga",
    "Sulca",
)
SECOND = ("Ejemplo", "Muestra", "Ficticia", "Inventada", "Prueba", "Modelo", "Ensayo", "Demo")
#: What is searched: names and parts of names, codes, numbers, and words that nothing has.
TEXTS = (
    "municipalidad san",
    "E00275",
    "quispe ejemplo",
    "maria",
    "zoila nahui prueba",
    "inexistente zzz",
    "2026-00",
    "0001",
    "example.pe",
    "7K2M9QXT04",
    "7K2M-9QXT-04BD-3F5H",
)


def head_search(bench: Bench) -> Figure:
    """Measure the page of results of the search in the head."""
    with bench.session(writes=True) as session:
        add_people(session)
        if not session.scalar(select(func.count()).select_from(Filing)):
            raise RuntimeError("there are no presentations to search")
        session.commit()
    paths = [f"/buscar?{urlencode({'q': text})}" for text in TEXTS]
    return measured_pages("head_search", bench, paths)


def add_people(session: Session) -> None:
    """Add accounts of invented people up to PEOPLE."""
    known = session.scalar(select(func.count()).select_from(User)) or 0
    rows = [
        {
            "document_type": "PASAPORTE",
            "document_number": f"X{number:07d}",
            "given_names": GIVEN[number % len(GIVEN)],
            "surnames": f"{FIRST[number // 10 % len(FIRST)]} {SECOND[number // 100 % len(SECOND)]}",
            "email": f"persona.{number}@example.pe",
            "created_at": calendar.now(),
        }
        for number in range(max(PEOPLE - known, 0))
    ]
    if rows:
        session.execute(insert(User), rows)


ROWS = 3_000
#: Pages of each presented paper.
PAGES = 3
#: Rows that the roster under review adds, removes and changes.
DIFFERENCES = 100


def review_page(bench: Bench) -> Figure:
    """Measure the page of a review and the page of its rows, over HTTP."""
    with bench.session(writes=True) as session:
        reviews = select(Task).where(Task.step == "review_designation", Task.state == "open")
        task = session.scalars(reviews.order_by(Task.id).limit(1)).one()
        compare_rosters(session, task)
        present_papers(session, task)
        session.commit()
        address = f"/tareas/{task.id}"
    paths = [f"{address}/respuesta", f"{address}/relacion", f"{address}/relacion?q=persona"]
    return measured_pages("review_page", bench, paths)


def present_papers(session: Session, task: Task) -> None:
    """Store papers of three pages as the presented ones: copies of a case have no bytes."""
    content = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(PAGES):
            pdf.add_blank_page()
        pdf.save(content)
    filings = select(Filing).where(Filing.instance_id == task.instance_id)
    filing = session.scalars(filings.where(Filing.closed_at.is_(None))).one()
    signed = {}
    for kind in filing.signed:
        content.seek(0)
        owner = Owner(task.entity_id, task.instance_id, task.id, None)
        pdf_type = "application/pdf"
        use = files.keep(
            session, content, paper=kind, media_type=pdf_type, owner=owner, pages=PAGES
        )
        signed[kind] = use.id
    filing.signed = signed


def compare_rosters(session: Session, task: Task) -> None:
    """Write a roster that was accepted, and the one under review."""
    case = Case(session, task.entity, task.instance)
    rows = [person(number, "alta") for number in range(ROWS)]
    records.write(case, "roster", rows)
    session.flush()
    before = calendar.now() - timedelta(days=90)
    for record in session.scalars(
        select(Record).where(Record.entity_id == task.entity_id, Record.name == "roster")
    ):
        record.at = before
    session.add(
        Filing(
            entity_id=task.entity_id,
            instance_id=task.instance_id,
            kind="personnel",
            number="1",
            presented_at=before,
            signed={"sip_rvl_002": ""},
            result="accepted",
            closed_at=before + timedelta(days=1),
        )
    )
    changed = [row | {"post": "Especialista"} for row in rows[:DIFFERENCES]]
    new = [person(ROWS + number, "alta") for number in range(DIFFERENCES)]
    records.write(case, "roster", [*changed, *rows[DIFFERENCES:-DIFFERENCES], *new])
