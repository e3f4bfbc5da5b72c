"""What a tier runs, on which databases, what the meter says, and what a killed run leaves."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests import cpu, databases, tiers
from tests.app.together import until
from tests.tree import ROOT, tracked

#: A module with a test of each kind.
MODULE = """
import pytest
@pytest.fixture
def database_url(request): return request.param
def test_quick(): pass
def test_stored(database_url): pass
@pytest.mark.postgresql
def test_differs(database_url): pass
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_only(database_url): pass
@pytest.mark.guard("it is dear")
def test_guard(): pass
@pytest.mark.guard("a journey", always=True)
def test_journey(): pass
@pytest.mark.nightly
def test_night(): pass
@pytest.mark.nightly("crawl")
def test_page(): pass
"""
QUICK = {"quick", "stored[sqlite]", "differs[sqlite]", "differs[postgresql]", "only[postgresql]"}
CHECK = QUICK | {"journey"}
TEST = CHECK | {"guard"}
DEAR = {"guard", "journey", "night", "page"}


class Seen:
    """Notes which tests were selected, and with how much time."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.seconds: dict[str, int] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            self.names.add(item.name.removeprefix("test_"))
            if mark := item.get_closest_marker("timeout"):
                self.seconds[item.name.removeprefix("test_")] = mark.args[0]


def run(folder: Path, module: str, *arguments: str) -> tuple[int, Seen]:
    """Run a module of tests within this process; return the exit code and what ran."""
    (folder / f"test_in_{folder.name}.py").write_text(module)  # imported under its name
    (folder / "pytest.ini").write_text("[pytest]\n")
    seen = Seen()
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--import-mode=importlib"]
    where = [str(folder), "-c", str(folder / "pytest.ini")]
    code = pytest.main([*where, *options, *arguments], plugins=[tiers, cpu, seen])
    return int(code), seen


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--tier", "check"], CHECK),
        (["--tier", "test"], TEST),
        (["--tier", "test", "--bring", "crawl,servers"], TEST | {"page"}),
        (["--tier", "test", "--bring", "servers"], TEST),
        (["--tier", "nightly"], TEST | {"night", "page"}),
        ([], TEST | {"night", "page"}),
        (["--databases", "sqlite"], (TEST | {"night", "page"}) - {n for n in QUICK if "gres" in n}),
        (["--databases", "both"], TEST | {"night", "page", "stored[postgresql]"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_tier_runs_what_its_marks_say(tmp_path: Path, arguments: list[str], names: set[str]):
    code, seen = run(tmp_path, MODULE, *arguments)
    assert (code, seen.names) == (0, names)
    assert seen.seconds == dict.fromkeys(DEAR & names, tiers.DEAR_SECONDS)


#: What a run with a limit of CPU seconds says of a quick test: its first run is dear, or each is.
SPENDS = """
import time, pytest
def spend():
    end = time.process_time() + 0.3
    while time.process_time() < end: pass
known = []
MARK
def test_spends():
    if "each" == "WHEN" or not known:
        known.append(spend())
"""


@pytest.mark.parametrize(
    ("mark", "when", "code"),
    [("", "each", 1), ("", "first", 0), ("@pytest.mark.guard('why')", "each", 0)],
)
def test_a_quick_test_above_the_limit_fails_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mark: str, when: str, code: int
):
    module = SPENDS.replace("MARK", mark).replace("WHEN", when)
    assert run(tmp_path, module, "--cpu", "0.1")[0] == code
    said = capsys.readouterr().out
    assert ("quick tests above 0.1 CPU seconds" in said) == bool(code)
    assert bool(re.search(r"0\.\d\d \S+::test_spends", said)) == bool(code)


@pytest.mark.nightly
def test_a_test_that_hangs_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    module = "import time\ndef test_hangs(): time.sleep(60)\n"
    assert run(tmp_path, module, "-o", "timeout=0.2")[0] == 1
    said = capsys.readouterr().out
    assert "test_hangs" in said
    assert "Timeout (>0.2s) from pytest-timeout" in said


def marks(name: str) -> list[str]:
    """Return the uses of a mark in the tests, with what follows."""
    files = (ROOT / path for path in tracked("tests/") if path.endswith(".py"))
    own = Path(__file__).name
    texts = [file.read_text("utf-8") for file in files if file.name != own]
    return re.findall(rf"pytest\.mark\.{name}\b(.{{0,20}})", "\n".join(texts), re.DOTALL)


def test_guards_are_few_and_give_their_reasons():
    guards = marks("guard")
    assert 20 < len(guards) <= 60
    assert [mark for mark in guards if not re.match(r'\(\s*f?"\w', mark)] == []


def test_nightly_tests_name_parts_that_exist():
    parts = {part for mark in marks("nightly") for part in re.findall(r'^\("(\w+)"', mark)}
    assert parts == set(tiers.PARTS)


#: Makes a server in memory, names it, and waits.
SERVES = """
import sys, time
from tests.databases import PostgreSQL, fast_folder
with fast_folder() as folder:
    server = PostgreSQL(folder)
    print(folder, server.server.get_pid(), flush=True)
    time.sleep(60)
"""


@pytest.mark.guard("a server of PostgreSQL is made")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_no_server_and_no_folder(ending: signal.Signals):
    command = [sys.executable, "-c", SERVES]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        folder, server = process.stdout.readline().split()
        assert Path(folder).parent in (databases.MEMORY, Path(os.environ.get("TMPDIR", "/tmp")))
        process.send_signal(ending)
    until(lambda: not Path(folder).exists() and not psutil.pid_exists(int(server)))
