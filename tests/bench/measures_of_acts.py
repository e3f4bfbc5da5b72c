"""Measures of acts on many entities: a batch, the plan of mandates, an export of past visits."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from sqlalchemy import delete, exists, select

from app.base import calendar
from app.base.formatting import plain
from app.base.models import Entity, Grant, Mandate, PostHolder, ProcessInstance, Task
from app.onboarding.batches import BASELINE, confirm, doing, from_list
from app.register.baseline import bringing, exports
from app.register.registers import mandates
from tests.bench.bench import Bench
from tests.bench.browser import TOKEN, Browser
from tests.bench.figures import Figure, timed
from tests.bench.filled_visits import csv_file

#: Entities of an act, and how often each act is measured, on other entities each time.
ENTITIES, RUNS = 500, 3
#: Seconds after which a batch that has not ended is a fault.
LONGEST = 120
PROGRESS = re.compile(r'<progress id="avance" max="(\d+)" value="(\d+)"')
#: The fields of each act's page. Extended steps are not legal ones.
ACTS: Mapping[str, Mapping[str, str]] = {
    "recordar": {},
    "ampliar": {"working_days": "3", "reason": "Por el feriado de la región."},
    "suspender": {"reason": "Por el feriado de la región."},
}


def act_on_500(bench: Bench) -> Figure:
    """Measure reminding, extending and suspending 500 entities, from the chosen act over the dry
    run and the confirmation to the last row, with request, worker and pages that show the progress;
    the seconds of the slowest act.
    """
    taken: dict[str, list[float]] = {act: [] for act in ACTS}
    with bench.served_together() as (address, _):
        browser = Browser(address, "sip")
        for _ in range(RUNS):
            codes = under_way(bench)
            for act in ACTS:
                taken[act].append(act_on(browser, act, codes))
    slowest = max(taken.values(), key=max)
    return Figure.of("act_on_500", bench.database, slowest, "s")


def under_way(bench: Bench) -> list[str]:
    """Return codes of entities whose running onboarding has a step with a date that may move.

    The last act suspends them, so each run has others.
    """
    dated = exists().where(
        Task.instance_id == ProcessInstance.id,
        Task.state == "open",
        Task.due_at.is_not(None),
        Task.due_kind != "legal",
    )
    with bench.session() as session:
        found = session.scalars(
            select(Entity.code)
            .where(
                exists().where(
                    ProcessInstance.entity_id == Entity.id,
                    ProcessInstance.status == "running",
                    dated,
                )
            )
            .order_by(Entity.id)
            .limit(ENTITIES)
        ).all()
    if len(found) < ENTITIES:
        raise LookupError(f"only {len(found)} entities are under way")
    return list(found)


def act_on(browser: Browser, act: str, codes: list[str]) -> float:
    """Act on entities as a coordinator does. Return the seconds until the batch has ended.

    Raises LookupError if a page is refused, no row was done, or no page showed the progress.
    """
    token = TOKEN.search(browser.get("/entidades"))
    chosen = [("csrf_token", token.group(1) if token else ""), *(("codigo", one) for one in codes)]
    began = time.perf_counter()
    posted(browser, "/entidades/lotes/elegidas", [*chosen, ("acto", act)], to_page=bool(ACTS[act]))
    if ACTS[act]:
        fields = [*chosen, ("enviado", "1"), *ACTS[act].items()]
        posted(browser, f"/entidades/lotes/elegidas/{act}", fields)
    batch = browser.location
    rows = re.search(r"escribe cuántas son: ([\d\s\u202f\xa0]+)", browser.get(batch))
    number = re.sub(r"\D", "", rows.group(1)) if rows else ""
    posted(browser, f"{batch}/confirmar", [chosen[0], ("cuantas", number)])
    seen = set()
    while progress := PROGRESS.search(browser.get(batch)):
        seen.add(progress.group(2))
        if time.perf_counter() - began > LONGEST:
            raise LookupError(f"{batch} did not end: {progress.group(0)}")
        time.sleep(0.5)
    took = time.perf_counter() - began
    if len(seen) < 2 and took > 5:
        raise LookupError(f"{batch} showed no progress")
    return took


def posted(
    browser: Browser, path: str, pairs: list[tuple[str, str]], *, to_page: bool = False
) -> None:
    """Post a form, which leads to a page at once or by a redirect. Raises LookupError otherwise."""
    status, text = browser.post(path, pairs)
    if status != (200 if to_page else 303):
        raise LookupError(f"{path} was answered {status}: {text[:2000]}")


MANDATES_ENTITIES, MANDATES_RUNS = 2_125, 5
DATA = {"ends_on": "2026-12-31", "chosen": "Bench"}


def end_soon(bench: Bench) -> None:
    """Let all mandates end in three weeks, with no plan: *Hoy* counts the changes to plan."""
    ends_on = calendar.today() + timedelta(days=21)
    with bench.session(writes=True) as session:
        session.execute(delete(Mandate))
        for level in mandates.LEVELS:
            begun = ends_on - timedelta(days=4 * 365)
            row = Mandate(level=level, ubigeo="", from_on=begun, to_on=ends_on, norm="Bench")
            session.add(row)
        session.commit()


NAMES, VISITS, BASELINE_RUNS = 348, 25_000, 5
#: The visited officials of every entity.
OFFICIALS = (
    PostHolder(
        surnames="ROJAS EJEMPLO",
        given_names="JORGE",
        unit="Logística",
        post="Jefe",
        site="Sede central",
    ),
)


def baseline_import(bench: Bench) -> Figure:
    """Measure an export from the file to the register: reading, matching, and the batch that
    imports the visits of each entity in a separate transaction; in seconds.
    """
    days = [calendar.today() - timedelta(days=1 + number % 28) for number in range(VISITS)]
    content = csv_file(_names(bench, faulty=False), OFFICIALS, days)
    sample = timed(partial(_imported, bench, content)) / 1000
    return Figure.of("baseline_import", bench.database, [sample], "s")


def _imported(bench: Bench, content: bytes) -> None:
    with bench.app.app_context():
        opened = exports.read(content, "visitas.csv", calendar.now())
    with bench.session(writes=True) as session:
        by_id = session.scalar(select(Grant.user_id).where(Grant.role == "sip").limit(1)) or 0
        names = exports.matched(session, opened)
        baseline = exports.store(session, opened, names, calendar.today(), by_id)
        session.commit()
        ids = [one.entity_id for one in bringing.waiting(session, baseline.id)]
        entities = session.scalars(select(Entity).where(Entity.id.in_(ids))).all()
        batch = from_list(session, BASELINE, entities, by_id, {"baseline": baseline.id})
        batch_id = batch.id
        confirm(session, batch_id, len(entities), by_id)
        session.commit()
    with bench.app.app_context():
        doing.work(bench.engine, batch_id)


def _names(bench: Bench, *, faulty: bool = True) -> list[str]:
    """Return names of entities in capitals without accents, as the platform writes many; with
    `faulty`, every fifth lacks a letter.
    """
    with bench.session() as session:
        known = session.scalars(select(Entity.name).order_by(Entity.id)).all()
    unique = [name for name in dict.fromkeys(known) if known.count(name) == 1]
    names = [plain(name).upper() for name in unique[:: max(1, len(unique) // NAMES)]][:NAMES]
    if not faulty:
        return names
    return [name[:-2] + name[-1] if place % 5 == 0 else name for place, name in enumerate(names)]
