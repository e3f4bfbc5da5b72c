"""Measures of the public register of visits: searches, months, and the register as one file."""

from __future__ import annotations

import csv
import http.client
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import psutil
import psycopg
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

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


WHOLE = "/visitas.csv?forma=abierto"
TIMES = 3
CHUNK = 1 << 20
#: Seconds between two samples of a process's memory.
LOOKS = 0.02
#: Concurrent readers of the whole register, and the seconds during which pages are measured.
READERS, READING_SECONDS = 8, 30
MEGABYTE = 1024**2

#: The columns of the shape *abierto* as the tables store them, in its order.
COLUMNS = (
    "v.code e.code e.name e.ruc v.state v.source v.visit_on v.entry_at v.exit_at v.exit_state"
    " v.recorded_at v.changed_at v.versions v.visitor_name v.document_type v.document_number"
    " v.visitor_key v.visitor_kind v.visitor_entity v.visitor_entity_ruc v.official_name"
    " v.official_unit v.official_post v.category v.motive v.site v.place v.observation v.interest"
    " v.group_code v.norm_version v.cut_off_on"
).split()
PLAIN = f"""
    select {", ".join(COLUMNS)} from visit v
    join register r on r.id = v.register_id join entity e on e.id = r.entity_id
    where v.audience = 'public' and v.state = 'standing'
"""


def export_csv(bench: Bench) -> Figure:
    """Measure the rows per second of the whole register. The floor is the database's own plain
    dump.
    """
    samples, floor = [], []
    with bench.served() as (address, _):
        download(address, small())
        for _round in range(TIMES):
            samples.append(rows_a_second(lambda: download(address, WHOLE)))
            floor.append(rows_a_second(lambda: dump(bench)))
    return Figure.of("export_csv", bench.database, samples, "rows/s", floor=floor)


def export_memory(bench: Bench) -> Figure:
    """Measure the growth of a web process while it sends the whole register."""
    with bench.served() as (address, worker):
        download(address, small())
        before = worker.memory_info().rss
        with watched(worker) as seen:
            download(address, WHOLE)
    return Figure.of("export_memory", bench.database, [(max(seen) - before) / MEGABYTE], "MB")


def pages_during_exports(bench: Bench) -> Figure:
    """Measure pages of the register while eight readers download all of it, over two processes."""
    over = threading.Event()
    pages = ("/visitas", f"/visitas/{filled_visits.entity_code(0)}")
    samples: list[float] = []
    with bench.served(workers=2) as (address, _):
        readers = [threading.Thread(target=insist, args=(address, over)) for _ in range(READERS)]
        for page in pages * 2:  # by then all of the code is in memory
            Browser(address).get(page)
        for reader in readers:
            reader.start()
        try:
            ends = time.monotonic() + READING_SECONDS
            while time.monotonic() < ends:
                for page in pages:
                    browser = Browser(address)
                    samples.append(timed(partial(browser.get, page)))
                    browser.close()
        finally:
            over.set()
            for reader in readers:
                reader.join()
    return Figure.of("pages_during_exports", bench.database, samples, "ms")


def insist(address: str, over: threading.Event) -> None:
    """Request the whole register again and again, refused or not, and read the complete answer."""
    while not over.is_set():
        with closing(http.client.HTTPConnection(address, timeout=120)) as connection:
            connection.request("GET", WHOLE)
            answer = connection.getresponse()
            while not over.is_set() and answer.read(CHUNK):
                pass
        over.wait(0.2)


def small() -> str:
    """Download a month of one entity as a file: by then all of the code is in memory."""
    code = filled_visits.entity_code(0)
    return f"/visitas/{code}.csv?forma=abierto&desde=2026-09-01&hasta=2026-09-30"


def rows_a_second(act: Callable[[], int]) -> float:
    """Return the rows per second of a call that returns its number of rows."""
    began = time.perf_counter()
    rows = act()
    return rows / (time.perf_counter() - began)


def download(address: str, path: str) -> int:
    """Read a file and discard it. Return its number of visits. Raises LookupError for none."""
    connection = http.client.HTTPConnection(address, timeout=120)
    with closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: answer.read(CHUNK), b""))
    if answer.status != 200 or lines < 2:
        raise LookupError(f"{path} was answered {answer.status} with {lines} lines")
    return lines - 1


def dump(bench: Bench) -> int:
    """Read the same stored columns by the database's fastest way and discard them. Return the
    number of rows.
    """
    if bench.database == "postgresql":
        return _copied(bench.url)
    return _by_shell(bench.url) if shutil.which("sqlite3") else _by_cursor(bench.url)


def _copied(url: str) -> int:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    rows = 0
    with (
        psycopg.connect(address) as connection,
        connection.cursor() as cursor,
        cursor.copy(f"copy ({PLAIN}) to stdout (format csv)") as copying,
    ):
        for data in copying:
            rows += bytes(data).count(b"\n")
    return rows


def _by_shell(url: str) -> int:
    file = str(make_url(url).database)
    command = ["sqlite3", "-readonly", "-csv", file, PLAIN]
    rows = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as shell:
        assert shell.stdout is not None
        for chunk in iter(lambda: shell.stdout.read(CHUNK), b""):
            rows += chunk.count(b"\n")
    if shell.returncode:
        raise LookupError(f"sqlite3 ended with {shell.returncode}")
    return rows


def _by_cursor(url: str) -> int:
    rows = 0
    with (
        Path("/dev/null").open("w", encoding="utf-8") as nowhere,
        closing(sqlite3.connect(str(make_url(url).database))) as connection,
    ):
        writer = csv.writer(nowhere)
        for row in connection.execute(PLAIN):
            writer.writerow(row)
            rows += 1
    return rows


@contextmanager
def watched(process: psutil.Process) -> Iterator[list[int]]:
    """Sample the resident memory of a process inside the block."""
    seen, over = [process.memory_info().rss], threading.Event()

    def look() -> None:
        while not over.wait(LOOKS):
            seen.append(process.memory_info().rss)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()
