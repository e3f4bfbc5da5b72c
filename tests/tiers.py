"""Plugin of pytest: which tests run, and on which database.

A test is quick unless its mark says otherwise. `guard(reason)`: it costs more than half a CPU
second, and runs at each change all the same; with `always=True` also in `make check`. `nightly`: it
runs in `make nightly`, and after changes that concern its part (`tests.changes`): the part that the
mark names (`nightly("crawl")`), otherwise the room of the product in whose folder the test is.
`starts(program, …)`: it starts programs of `tests.programs`; where `make check` does not bring
them, the test runs in `make test`. A test that uses `database_url` runs on SQLite; with the mark
`postgresql`, on both, because its result may depend on the database.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests import programs

KINDS = ("sqlite", "postgresql")
TIERS = ("check", "test", "nightly")
#: Parts of the nightly tests that a change brings forward: those that marks name, and rooms.
PARTS = ("servers", "crawl", "walkers")
ROOMS = ("administration", "cases", "mailroom", "onboarding", "people", "register")
#: Seconds after which a dear test is ended as hanging; for quick ones see pyproject.toml.
DEAR_SECONDS = 900

MARKS = (
    "postgresql: its result may depend on the database: runs on SQLite and on PostgreSQL",
    "guard(reason, always=False): costs more than half a CPU second, and runs at each change",
    "nightly(part): runs at night, and after a change that concerns its part",
    "starts(program, ...): starts these programs of the table in tests.programs",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that select tests and databases."""
    parser.addoption("--tier", choices=TIERS, default="nightly", help="by default all tests")
    parser.addoption(
        "--bring",
        default="",
        metavar="PARTS",
        help=f"nightly tests of parts: {', '.join(PARTS + ROOMS)}",
    )
    parser.addoption(
        "--databases",
        choices=("marked", "both", *KINDS),
        default="marked",
        help="SQLite, and both where marked (the default); both for all; or a single one",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks."""
    for mark in MARKS:
        config.addinivalue_line("markers", mark)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once on each of its databases, unless its module names them."""
    if "database_url" not in metafunc.fixturenames:
        return
    test = metafunc.definition
    if any("database_url" in mark.args[0] for mark in test.iter_markers("parametrize")):
        return
    wanted = metafunc.config.getoption("databases")
    is_marked = test.get_closest_marker("postgresql") is not None
    both = wanted == "both" or (wanted == "marked" and is_marked)
    kinds = KINDS if both else (wanted,) if wanted in KINDS else KINDS[:1]
    metafunc.parametrize("database_url", kinds, indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what another tier or another database runs; give dear tests more time."""
    dropped = [item for item in items if not is_selected(item, config)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if is_selected(item, config)]
    for item in items:
        if item.get_closest_marker("guard") or item.get_closest_marker("nightly"):
            item.add_marker(pytest.mark.timeout(DEAR_SECONDS))


def is_selected(item: pytest.Item, config: pytest.Config) -> bool:
    """Return whether a collected test runs in this run."""
    wanted, tier = config.getoption("databases"), config.getoption("tier")
    if wanted in KINDS and kind_of(item) not in ("", wanted):
        return False
    nightly, guard = item.get_closest_marker("nightly"), item.get_closest_marker("guard")
    if tier == "nightly":
        return True
    if nightly is not None:
        parts = set(nightly.args) or set(item.nodeid.split("/")[2:3])
        return bool(parts & set(parts_of(config)))
    if tier == "check" and started_by(item) - programs.brought(tier):
        return False
    return tier == "test" or guard is None or bool(guard.kwargs.get("always"))


def parts_of(config: pytest.Config) -> list[str]:
    """Return the parts of the nightly tests that the run brings."""
    return str(config.getoption("bring")).split(",")


def started_by(item: pytest.Item) -> set[str]:
    """Return the names of the programs that a test says it starts."""
    return {name for mark in item.iter_markers("starts") for name in mark.args}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that starts a program which it does not name, or which its run does not bring."""
    named = started_by(item)
    brought = programs.brought(item.config.getoption("tier"), parts_of(item.config))

    def refuse(name: str) -> None:
        if name not in named:
            pytest.fail(f"it starts {name} without the mark for it: see tests/programs.py")
        if name not in brought:
            pytest.fail(f"it starts {name}, which this run does not bring: see tests/programs.py")

    with programs.watched(refuse):
        return (yield)


def kind_of(item: pytest.Item) -> str:
    """Return the kind of database of a collected test; "" if it uses none or creates one itself."""
    spec = getattr(item, "callspec", None)
    return str(spec.params.get("database_url", "")) if spec else ""
