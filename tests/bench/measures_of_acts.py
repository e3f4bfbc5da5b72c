"""Acts on five hundred entities: from the bar of the list to the end of the batch."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from sqlalchemy import exists, select

from app.base.models import Entity, ProcessInstance, Task
from tests.bench.bench import Bench
from tests.bench.browser import TOKEN, Browser
from tests.bench.figures import Figure

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
