"""Plugin of pytest: selects the database on which a test runs.

A test that uses `database_url` is collected once per kind of database. One of these is selected by
a hash of the test's id, so that each run makes the same choice; a sixteenth of the tests run on
PostgreSQL, where each costs a tenth of a second more. Tests marked `both_databases` run on both,
and so do tests whose code uses one of the `WORDS`: it names a kind, is concurrent or migrates.
`--databases both` runs all on both.

Of expensive cases, those marked `one_in(n)`, the hash also selects one in n, and of a test with
more than `MANY` cases a third. Tests that run on both databases and those of the repository's texts
are always whole. Where it selects none of a test's collected cases, all of them run: so does a case
that is named on the command line. Those marked `slow_by_nature` run on one database.

`--every-case` runs every case on one database, half of them on PostgreSQL; so does an option that
names databases, on these. Coverage is traced in the cases that run without it, on one database:
tracing costs as much time as the tests, and further cases reach hardly any further line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from inspect import unwrap
from types import CodeType
from typing import Any
from zlib import crc32

import pytest
from coverage import Coverage

KINDS = ("sqlite", "postgresql")
TRACED = pytest.StashKey[bool]()
#: Cases of a test of which all run, where each runs on one database.
MANY = 6
#: Names of functions, modules and attributes in code that depends on the kind of database.
WORDS = frozenset(
    """dialect sqlite sqlite3 postgresql on_sqlite on_postgresql psycopg OperationalError
    together Barrier ThreadPoolExecutor Thread only_one in_turn busy_timeout
    begin_nested migrate upgrade drop_all insert_missing statement_limits""".split()
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that selects the databases."""
    parser.addoption(
        "--databases",
        choices=("one", "both", *KINDS),
        default="one",
        help="one per test, chosen by a hash of its id, and both where marked (the default);"
        " both for all; or a single kind",
    )
    parser.addoption(
        "--every-case", action="store_true", help="every case, half of them on each database"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", "both_databases: runs on SQLite and on PostgreSQL, always")
    config.addinivalue_line(
        "markers",
        "one_in(n): a hash selects one in n of such cases, except with --every-case; all if none",
    )


def runs_every_case(config: pytest.Config) -> bool:
    """Return whether no case and no page is left out by a hash."""
    return bool(config.getoption("every_case")) or config.getoption("databases") != "one"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests that run on the other database, and the cases that a hash leaves out."""
    wanted, every = config.getoption("databases"), runs_every_case(config)
    offered: dict[str, set[str]] = defaultdict(set)
    for item in items:
        if kind := kind_of(item):
            offered[name_of(item)].add(kind)
    few = sample(items)
    selected: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        kind = kind_of(item)
        marked = bool(kind) and (every or not is_slow(item)) and depends_on_kind(item)
        share = 2 if every else 16
        on = kinds(wanted, marked, name_of(item), offered[name_of(item)], share) if kind else {kind}
        keeps = kind in on and (every or item in few)
        item.stash[TRACED] = item in few and (len(on) == 1 or kind == KINDS[0])
        (selected if keeps else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = selected


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Trace no coverage in a case that a hash leaves out where not every case runs, and none in one
    that is traced on another database.
    """
    tracer = None if item.stash[TRACED] else Coverage.current()
    if tracer:
        tracer.stop()
    try:
        return (yield)
    finally:
        if tracer:
            tracer.start()


def sample(items: list[pytest.Item]) -> set[pytest.Item]:
    """Return the cases that run where not every case does."""
    cases: dict[str, set[str]] = defaultdict(set)
    for item in items:
        cases[function_of(item)].add(name_of(item))
    chosen = {item for item in items if in_sample(item, len(cases[function_of(item)]))}
    sampled = {function_of(item) for item in chosen}
    return chosen | {item for item in items if function_of(item) not in sampled}


def is_slow(item: pytest.Item) -> bool:
    """Return whether a test is marked as slow by nature."""
    return item.get_closest_marker("slow_by_nature") is not None


def in_sample(item: pytest.Item, cases: int) -> bool:
    """Return whether a hash selects a case; `cases`: how many its test has."""
    mark = item.get_closest_marker("one_in")
    of_texts = item.path.parent.name == "tests"
    whole = of_texts or (bool(kind_of(item)) and depends_on_kind(item))
    share = mark.args[0] if mark else 3 if cases > MANY and not whole else 1
    return crc32(f"sample {name_of(item)}".encode()) % share == 0


def function_of(item: pytest.Item) -> str:
    """Return the id of a test without its parameters."""
    return item.nodeid.partition("[")[0]


def kinds(wanted: str, marked: bool, name: str, offered: set[str], share: int) -> set[str]:
    """Return the databases on which the test of that name runs, out of those offered; one in
    `share` tests runs on PostgreSQL.
    """
    if wanted in KINDS:
        return {wanted}
    if wanted == "both" or marked:
        return offered
    return {KINDS[crc32(name.encode()) % share == 0]} & offered or offered


def kind_of(item: pytest.Item) -> str:
    """Return the kind of database of a collected test; "" if it uses none or creates one itself."""
    spec = getattr(item, "callspec", None)
    return str(spec.params.get("database_url", "")) if spec else ""


def name_of(item: pytest.Item) -> str:
    """Return the id of a test without its database and its folder, so that moving a file changes
    nothing.
    """
    spec = getattr(item, "callspec", None)
    ids = list(spec._idlist) if spec else []
    if (kind := kind_of(item)) in ids:
        ids.remove(kind)
    _, *inside = function_of(item).split("::")
    return "::".join((item.path.name, *inside, *ids))


def depends_on_kind(item: pytest.Item) -> bool:
    """Return whether a test is marked, or uses one of the words.

    The search covers the test, the fixtures of its module that it uses, and the functions of its
    module that these call.
    """
    if item.get_closest_marker("both_databases") is not None:
        return True
    test = unwrap(getattr(item, "function"))  # noqa: B009 - an Item need not have one
    info = getattr(item, "_fixtureinfo")  # noqa: B009
    makers = [unwrap(one.func) for all_ in info.name2fixturedefs.values() for one in all_]
    ahead = [test, *(one for one in makers if one.__module__ == test.__module__)]
    seen: set[Callable[..., Any]] = set()
    while ahead:
        function = ahead.pop()
        if function in seen:
            continue
        seen.add(function)
        names = set(names_used(function.__code__))
        if names & WORDS:
            return True
        known = function.__globals__
        called = (known.get(name) for name in names)
        ahead += [
            one
            for one in map(unwrap, filter(callable, called))
            if getattr(one, "__module__", "") == test.__module__ and hasattr(one, "__code__")
        ]
    return False


def names_used(code: CodeType) -> Iterator[str]:
    """Yield the names of globals and attributes in a function, and in those that it defines."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_used(constant)
        elif constant in KINDS:
            yield str(constant)
