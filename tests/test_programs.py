"""The programs that tests start: named, brought by the tier, and never only found by luck."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import programs, tiers
from tests.test_tiers import run
from tests.tree import ROOT, tracked

README = (ROOT / "README.md").read_text("utf-8")
#: A module whose tests start a program of the machine.
MODULE = """
import subprocess, pytest
@pytest.fixture(scope="module")
def started(): subprocess.run(["PROGRAM"])
MARK
def test_starts(started): pass
def test_plain(): subprocess.run(["sh", "-c", ":"])
"""
STARTS = '@pytest.mark.starts("{}")'


@pytest.mark.parametrize(
    ("name", "mark", "tier", "names", "says"),
    [
        ("nginx", "", "check", {"starts", "plain"}, "nginx without the mark"),
        ("nginx", "", "nightly", {"starts", "plain"}, "nginx without the mark"),
        ("nginx", STARTS.format("amtool"), "test", {"starts", "plain"}, "nginx without the mark"),
        ("nginx", STARTS.format("nginx"), "check", {"plain"}, ""),
        ("nginx", STARTS.format("nginx"), "test", {"starts", "plain"}, ""),
        ("java", STARTS.format("java"), "test", {"starts", "plain"}, "java, which this run does"),
        ("java", STARTS.format("java"), "nightly", {"starts", "plain"}, ""),
        ("unlisted", "", "nightly", {"starts", "plain"}, "unlisted without the mark"),
    ],
)
def test_a_test_may_start_what_it_names_and_its_run_brings(
    tmp_path: Path, capsys, monkeypatch, name: str, mark: str, tier: str, names: set[str], says: str
):
    """The machine has the program: that does not help."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / name).symlink_to(shutil.which("true") or "/bin/true")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}")
    module = MODULE.replace("PROGRAM", name).replace("MARK", mark)
    code, seen = run(tmp_path, module, "--tier", tier)
    assert (code, seen.names) == (1 if says else 0, names)
    assert says in capsys.readouterr().out


def test_a_mark_names_a_program_of_the_table():
    files = (ROOT / path for path in tracked("tests/") if path.endswith(".py"))
    text = "".join(file.read_text("utf-8") for file in files if file != Path(__file__))
    named = re.findall(r'"([^"]+)"', "".join(re.findall(r"mark\.starts\((.*)\)", text)))
    assert len(named) > 5
    assert set(named) <= programs.PROGRAMS.keys()
    runs = {run for program in programs.PROGRAMS.values() for run in program.brought_by}
    assert runs <= {*tiers.TIERS, *tiers.PARTS, *tiers.ROOMS}
    assert programs.brought("check") < programs.brought("test") < programs.brought("nightly")


def test_a_target_brings_its_programs_first_and_the_readme_names_them():
    before: set[str] = set()
    for tier in tiers.TIERS:
        done = subprocess.run(
            ["make", "--dry-run", tier, f"programs-{tier}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        order = [f"--name {tier}", ".venv/test.done", f" programs-{tier} ", f"--tier {tier}"]
        places = [done.index(one) for one in [*order, f"tests.programs {tier}"]]
        assert places == sorted(places), done
        (named,) = re.findall(rf"^- `make {tier}`.*: (.*)$", README, re.MULTILINE)
        brought = {programs.PROGRAMS[name].package for name in programs.brought(tier)}
        assert set(re.findall("`([^`]+)`", named)) == brought - before
        before = brought


#: Debian's program, which writes down with what it was called, and fails where a file says so.
APT = """#!/bin/sh
echo "$*" >> "{folder}/called"
[ ! -e "{folder}/broken" ] || {{ echo "E: no packages" >&2; exit 100; }}
"""


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a machine's only folder of programs, in which apt-get installs nothing."""
    for name in ("sh", "cat"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    (tmp_path / "apt-get").write_text(APT.format(folder=tmp_path), "utf-8")
    (tmp_path / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs, "SYSTEM", ())
    return tmp_path


PACKAGES = "chromium nginx-light pgbouncer prometheus prometheus-alertmanager systemd"


def test_as_root_what_is_missing_is_installed(bare: Path, monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert programs.main("test", only_name=True) == 0
    assert not (bare / "called").exists()
    with programs.watched(lambda name: None):
        assert programs.main("test") == 0
    update, install = (bare / "called").read_text().splitlines()
    assert update == "-qq update"
    assert install == f"-qq install -y --no-install-recommends {PACKAGES}"
    (bare / "broken").touch()
    with programs.watched(lambda name: None):
        assert programs.main("check") == 100
    assert "E: no packages" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "packages"),
    [
        (["check"], "chromium"),
        (["test"], PACKAGES),
        (["test", "crawl"], f"{PACKAGES} default-jre-headless"),
        (["nightly"], f"{PACKAGES} default-jre-headless libsisimai-perl"),
    ],
)
def test_as_another_user_all_of_it_is_named_in_one_sentence(
    bare: Path, monkeypatch, capsys, words: list[str], packages: str
):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for only_name in (True, False):
        assert programs.main(*words, only_name=only_name) == 1
        said = capsys.readouterr().err
        assert said == f"{programs.sentence(packages.split())}\n"
    assert not (bare / "called").exists()


def test_a_machine_that_has_all_is_left_alone(bare: Path, monkeypatch):
    for program in programs.PROGRAMS.values():
        (bare / program.name).symlink_to("/bin/true")
    with programs.watched(lambda name: None):
        assert programs.main("nightly") == 0
    assert not (bare / "called").exists()
    (bare / "perl").unlink()
    (bare / "perl").symlink_to("/bin/false")  # Perl, without the library
    with programs.watched(lambda name: None):
        assert programs.missing("nightly", ()) == ["libsisimai-perl"]
