"""The measures, each on a filled database; docs/performance.md explains them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity
from app.cases import processes
from tests.bench.bench import Bench
from tests.bench.browser import Browser
from tests.bench.copies import invent
from tests.bench.figures import Figure, timed
from tests.bench.measures_of_acts import act_on_500
from tests.bench.measures_of_answers import complete_cycle, complete_step, steps_per_second
from tests.bench.measures_of_attendance import attendance_of_40
from tests.bench.measures_of_baseline import baseline_import, baseline_names
from tests.bench.measures_of_changes import apply_change
from tests.bench.measures_of_diagrams import diagram_svg
from tests.bench.measures_of_inbox import my_tasks, my_tasks_filtered
from tests.bench.measures_of_mandates import mandates_plan
from tests.bench.measures_of_migrations import migrate_case, rehearsal
from tests.bench.measures_of_pages import (
    entity_list,
    entity_page,
    first_pages_of_many,
    pages_of_many,
    programme,
    start_with_many,
    today,
)
from tests.bench.measures_of_papers import (
    make_personnel_30,
    make_personnel_1000,
    paper_page,
    paper_page_again,
)
from tests.bench.measures_of_preflight import preflight_scan, preflight_signed
from tests.bench.measures_of_reminders import (
    ladder_forecast,
    reminder_run,
    reminder_run_10x,
)
from tests.bench.measures_of_reviews import review_page
from tests.bench.measures_of_search import head_search
from tests.bench.measures_of_time import due_date, idle_tick_20000

STARTS = 100
TICKS = 200


def start_instance(bench: Bench) -> Figure:
    """Measure the start of an onboarding for an entity, with its commit."""
    with bench.session(writes=True) as session:
        codes = [invent(session, 90_000 + number).code for number in range(STARTS)]
        session.commit()
    samples = []
    for code in codes:
        with bench.session(writes=True) as session:
            entity = session.scalars(select(Entity).where(Entity.code == code)).one()
            samples.append(timed(partial(start_one, session, entity)))
    return Figure.of("start_instance", bench.database, samples[STARTS // 10 :], "ms")


def start_one(session: Session, entity: Entity) -> None:
    """Start an onboarding and commit."""
    processes.start(session, entity, "onboarding", None)
    session.commit()


def idle_tick(bench: Bench) -> Figure:
    """Measure a tick while all instances wait and nothing is due."""
    with bench.session(writes=True) as session:
        later = calendar.now() + timedelta(days=30)
        session.execute(text("update process_instance set wake_at = :at"), {"at": later})
        session.commit()
    with bench.app.app_context():
        samples = [timed(lambda: processes.tick(bench.engine)) for _ in range(TICKS)]
        with bench.statements() as sent:
            processes.tick(bench.engine)
    return Figure.of(
        "idle_tick", bench.database, samples[TICKS // 10 :], "ms", statements=len(sent)
    )


#: Instances that another measure keeps waiting without a state are left out.
STATES = "select length(state) from process_instance where length(state) > 0"


def stored_state(bench: Bench) -> Figure:
    """Measure the bytes of an instance in mid-path, compressed."""
    with bench.session() as session:
        sizes = session.scalars(text(STATES)).all()
    return Figure.of("stored_state", bench.database, [float(size) for size in sizes], "bytes")


def web_memory(bench: Bench) -> Figure:
    """Measure the resident memory of a web process that has served its pages."""
    with bench.served() as (address, worker):
        browser = Browser(address, "sip")
        for path in (
            "/pendientes",
            "/entidades",
            "/entidades?estado=todos&q=banco",
            "/sesiones",
        ) * 10:
            browser.get(path)
        samples = [worker.memory_info().rss / 1024**2]
    return Figure.of("web_memory", bench.database, samples, "MB")


def served_memory(bench: Bench) -> Figure:
    """Measure the memory of web processes and worker together, after they served their pages."""
    with bench.served_together() as (address, server):
        browser = Browser(address, "sip")
        for path in (
            "/pendientes",
            "/entidades",
            "/entidades?estado=todos&q=banco",
            "/sesiones",
        ) * 10:
            browser.get(path)
        processes = [server, *server.children(recursive=True)]
        samples = [sum(one.memory_full_info().pss for one in processes) / 1024**2]
    return Figure.of("served_memory", bench.database, samples, "MB")


MEASURES: dict[str, Callable[[Bench], Figure]] = {
    measure.__name__: measure
    for measure in (
        complete_step,
        complete_cycle,
        steps_per_second,
        start_instance,
        my_tasks,
        my_tasks_filtered,
        idle_tick,
        idle_tick_20000,
        due_date,
        apply_change,
        mandates_plan,
        baseline_names,
        baseline_import,
        attendance_of_40,
        act_on_500,
        rehearsal,
        migrate_case,
        reminder_run,
        reminder_run_10x,
        ladder_forecast,
        today,
        entity_list,
        entity_page,
        programme,
        head_search,
        review_page,
        diagram_svg,
        make_personnel_30,
        make_personnel_1000,
        paper_page,
        paper_page_again,
        preflight_signed,
        preflight_scan,
        stored_state,
        web_memory,
        served_memory,
    )
}

#: Measures on ten times as many entities as the catalogue has.
OF_MANY: dict[str, Callable[[Bench], Figure]] = {
    measure.__name__: measure for measure in (start_with_many, first_pages_of_many, pages_of_many)
}
