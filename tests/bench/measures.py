"""All measures, in the order in which they run; docs/performance.md explains them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import psutil

from tests.bench import filled_visits
from tests.bench import measures_of_acts as acts
from tests.bench import measures_of_answers as answers
from tests.bench import measures_of_migrations as migrations
from tests.bench import measures_of_pages as pages
from tests.bench import measures_of_papers as papers
from tests.bench import measures_of_records as records
from tests.bench import measures_of_time as time
from tests.bench import measures_of_visits as visits
from tests.bench.bench import Bench
from tests.bench.browser import Browser
from tests.bench.figures import Figure

Measures = Mapping[str, Callable[[Bench], Figure]]
#: What a process serves before its memory is measured.
SERVED = ("/pendientes", "/entidades", "/entidades?estado=todos&q=banco", "/sesiones") * 10
#: Instances that another measure keeps waiting without a state are left out.
STATES = "select length(state) from process_instance where length(state) > 0"


def served_memory(bench: Bench) -> Figure:
    """Measure the memory of web processes and worker together, after they served their pages."""
    with bench.served_together() as (address, server):
        processes = [_after_pages(address, server), *server.children(recursive=True)]
        used = sum(one.memory_full_info().pss for one in processes) / 1024**2
    return Figure.of("served_memory", bench.database, [used], "MB")


def _after_pages(address: str, process: psutil.Process) -> psutil.Process:
    """Return a process once its site has served pages."""
    browser = Browser(address, "sip")
    for path in SERVED:
        browser.get(path)
    return process


def _named(*measures: Callable[[Bench], Figure]) -> Measures:
    return {measure.__name__: measure for measure in measures}


MEASURES = _named(
    answers.complete_step,
    answers.complete_cycle,
    answers.steps_per_second,
    answers.start_instance,
    pages.my_tasks,
    pages.my_tasks_filtered,
    time.idle_tick_20000,
    answers.apply_change,
    acts.baseline_import,
    answers.attendance_of_40,
    acts.act_on_500,
    migrations.rehearsal,
    migrations.migrate_case,
    time.reminder_run_10x,
    pages.today,
    pages.entity_list,
    pages.entity_page,
    pages.programme,
    pages.head_search,
    pages.review_page,
    papers.diagram_svg,
    papers.make_personnel_1000,
    papers.paper_page,
    papers.paper_page_again,
    papers.preflight_signed,
    papers.preflight_scan,
    served_memory,
)
#: Measures on ten times as many entities as the catalogue has.
OF_MANY = _named(pages.start_with_many, pages.first_pages_of_many, pages.pages_of_many)
READING = _named(
    visits.search_full_name,
    visits.search_surname_newest,
    visits.search_prefixes,
    visits.search_fragment,
    visits.entity_month,
    visits.month_figures,
    visits.export_csv,
    visits.export_memory,
    visits.pages_during_exports,
)
WRITING = _named(
    records.backup_million,
    records.restore_million,
    records.record_entry,
    records.import_rows,
    records.suppress,
    records.chain_close,
    records.chain_check,
)


def of_visits() -> Measures:
    """Return the measures that the filling allows: a database that is not copied is only read."""
    return {**READING, **(WRITING if filled_visits.filling().copied else {})}
