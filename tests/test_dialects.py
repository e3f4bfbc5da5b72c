"""The choice of databases and cases: the same in each run, and on both databases if marked."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BOTH = {"sqlite", "postgresql"}
SUITE = """
import pathlib
import pytest

@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    return request.param

@pytest.fixture
def ran(request):
    def note(name, kind="none"):
        with open("ran.txt", "a") as file:
            print(name, kind, file=file)
    return note

@pytest.mark.parametrize("number", range(100))
def test_many(ran, database_url, number):
    ran(f"many-{number}", database_url)

@pytest.mark.parametrize("word", ["sqlite", "postgresql"])
def test_of_words(ran, word, database_url):
    ran(f"word-{word}", database_url)

@pytest.mark.both_databases
@pytest.mark.parametrize("number", range(12))
def test_marked(ran, database_url, number):
    ran(f"marked-{number}", database_url)

@pytest.mark.both_databases
@pytest.mark.slow_by_nature("it is an example")
def test_slow(ran, database_url):
    ran("slow", database_url)

@pytest.mark.parametrize("number", range(20))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_of_one_kind(ran, database_url, number):
    ran(f"one-{number}", database_url)

@pytest.mark.one_in(3)
@pytest.mark.parametrize("number", range(60))
def test_sampled(ran, database_url, number):
    ran(f"sampled-{number}", database_url)

def test_of_none(ran):
    ran("none")
"""
#: Tests that name a kind directly, in a helper, a fixture or an inner function; and one other test.
CODE = """
def helper():
    return "postgresql"

@pytest.fixture
def engine():
    return lambda session: session.dialect

def test_names(ran, database_url):
    ran("names", "sqlite" if database_url == "sqlite" else "postgresql")

def test_calls(ran, database_url):
    helper()
    ran("calls", database_url)

def test_asks(ran, database_url, engine):
    ran("asks", database_url)

def test_inner(ran, database_url):
    def inner(jobs):
        return together(jobs)
    ran("inner", database_url)

def test_plain(ran, database_url):
    ran("plain", database_url)
"""
NAMES = (
    *(f"many-{number}" for number in range(100)),
    *("word-sqlite", "word-postgresql", "slow", "none"),
    *(f"marked-{number}" for number in range(12)),
    *(f"one-{number}" for number in range(20)),
)


def run(folder: Path, *options: str, suite: str = SUITE) -> dict[str, set[str]]:
    """Run a suite in a folder; return the databases on which each of its tests ran."""
    folder.mkdir(parents=True)
    (folder / "test_suite.py").write_text(suite, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.dialects", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-q", "-c", "/dev/null", "--rootdir", ".", *options],
        cwd=folder, env={"PYTHONPATH": str(ROOT), "COVERAGE_CORE": "ctrace"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, set[str]] = defaultdict(set)
    for line in (folder / "ran.txt").read_text(encoding="utf-8").splitlines():
        name, kind = line.split()
        assert kind not in found[name] or kind in ("True", "False"), f"{name} ran twice"
        found[name].add(kind)
    return found


def test_each_test_runs_on_one_database_and_marked_ones_on_both(tmp_path: Path):
    found = run(tmp_path / "here")
    counts = Counter(name.partition("-")[0] for name in found)
    assert 10 < counts["sampled"] < 30
    assert 20 < counts["many"] < 50, "of many cases, a third"
    assert 2 < counts["one"] < 13
    assert set(NAMES) - set(found) <= {name for name in NAMES if name.startswith(("many", "one"))}
    marked = {name for name in found if name.startswith("marked")}
    assert all(found[name] == BOTH for name in marked)
    assert all(len(kinds) == 1 for name, kinds in found.items() if name not in marked)
    assert all(found[name] == {"sqlite"} for name in found if name.startswith("one-"))
    kinds = Counter(min(found[name]) for name in found if name.startswith("many-"))
    assert 0 < kinds["postgresql"] < 10


def test_the_choice_is_the_same_in_each_run_and_in_each_folder(tmp_path: Path):
    assert run(tmp_path / "here") == run(tmp_path / "moved" / "there")


@pytest.mark.parametrize(
    ("option", "kinds"), [("both", BOTH), ("sqlite", {"sqlite"}), ("postgresql", {"postgresql"})]
)
def test_an_option_runs_all_on_both_databases_or_on_one(
    tmp_path: Path, option: str, kinds: set[str]
):
    found = run(tmp_path / "here", "--databases", option)
    several = [name for name in NAMES if not name.startswith(("one-", "none"))]
    several += [f"sampled-{number}" for number in range(60)]
    assert {name: found[name] for name in several} == dict.fromkeys(several, kinds)


def test_every_case_runs_on_one_of_the_databases(tmp_path: Path):
    found = run(tmp_path / "here", "--every-case")
    assert found.keys() >= {*NAMES, *(f"sampled-{number}" for number in range(60))}
    marked = {"slow", *(name for name in found if name.startswith("marked"))}
    assert all(found[name] == BOTH for name in marked)
    assert all(len(kinds) == 1 for name, kinds in found.items() if name not in marked)
    kinds = Counter(min(found[name]) for name in found if name.startswith("many-"))
    assert 30 < kinds["postgresql"] < 70


def test_coverage_is_traced_in_the_cases_that_always_run(tmp_path: Path):
    seen = SUITE.replace("print(name, kind, file=file)", "print(name, TRACED(), file=file)")
    seen = f"import sys\nTRACED = lambda: sys.gettrace() is not None\n{seen}"
    few = run(tmp_path / "few").keys()
    found = run(tmp_path / "every", "--every-case", "-p", "pytest_cov", "--cov", ".", suite=seen)
    marked = {"slow", *(name for name in found if name.startswith("marked"))}
    assert {name for name, traced in found.items() if "True" in traced} == few
    assert {name for name, traced in found.items() if "False" in traced} == (
        found.keys() - few | marked
    )


def test_a_test_that_is_named_with_its_database_runs_on_it(tmp_path: Path):
    for kind in sorted(BOTH):
        name = f"test_suite.py::test_many[{kind}-7]"
        assert run(tmp_path / kind, name) == {"many-7": {kind}}


def test_code_that_names_a_kind_or_is_concurrent_runs_on_both(tmp_path: Path):
    suite = SUITE.partition("@pytest.mark.parametrize")[0] + CODE
    found = run(tmp_path / "here", suite=suite)
    assert found == dict.fromkeys(("names", "calls", "asks", "inner"), BOTH) | {
        "plain": found["plain"]
    }
    assert len(found["plain"]) == 1
