"""The units of systemd: valid, hardened, with settings that exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from app.base import config
from tests.tree import ROOT

UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))
PROGRAM = "/opt/zaguan/.venv/bin/zaguan"
#: The largest exposure that a unit may have, times ten.
EXPOSED = 25
INSTALL = (ROOT / "deploy" / "install").read_text("utf-8")
ENVIRONMENT = (ROOT / "deploy" / "zaguan.env").read_text("utf-8")


def settings() -> dict[str, str]:
    """Return the settings of the example, by name."""
    return dict(re.findall(r"^(\w+)=(.*)$", ENVIRONMENT, re.M))


@pytest.fixture(params=UNITS, ids=lambda one: one.stem)
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a copy of a unit whose program is here."""
    text: str = request.param.read_text("utf-8")
    assert text.count(f"ExecStart={PROGRAM} ") == 1
    copy: Path = tmp_path / request.param.name
    copy.write_text(text.replace(PROGRAM, "/bin/true"), "utf-8")
    return copy


def analysed(*words: str) -> tuple[int, str]:
    """Return the exit code of systemd-analyze, and what it says."""
    done = subprocess.run(
        ["systemd-analyze", "--no-pager", *words], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.starts("systemd-analyze")
def test_systemd_has_nothing_to_say_about_a_unit(unit: Path):
    assert analysed("verify", str(unit)) == (0, "")


@pytest.mark.starts("systemd-analyze")
def test_a_unit_is_hardened(unit: Path):
    code, said = analysed("security", "--offline=true", f"--threshold={EXPOSED}", str(unit))
    assert code == 0, said


@pytest.mark.starts("systemd-analyze")
def test_an_unhardened_unit_is_noticed(unit: Path):
    plain = re.sub(r"^(Protect|Private|Restrict|System).*\n", "", unit.read_text(), flags=re.M)
    unit.write_text(plain)
    assert analysed("security", "--offline=true", f"--threshold={EXPOSED}", str(unit))[0] != 0


def test_the_example_has_settings_that_exist_and_can_be_used(tmp_path: Path):
    given = settings()
    assert given.keys() <= {one.name for one in config.SETTINGS}
    given["ZAGUAN_SECRET_KEY"] = "x" * 48
    loaded = config.load(given | {"ZAGUAN_DATA": str(tmp_path)})
    assert loaded["SESSION_COOKIE_SECURE"] is True


def test_the_documentation_says_how_long_a_unit_waits_and_who_reads_the_settings():
    operations = (ROOT / "docs" / "operations.md").read_text("utf-8")
    named = re.findall(r"TimeoutStopSec=\d+", operations)
    assert named
    assert all(one in unit.read_text("utf-8").splitlines() for one in named for unit in UNITS)
    mode = re.search(r'install -m (\d+) -g zaguan /dev/null "\$settings"', INSTALL)
    assert mode is not None
    assert f"mode {mode[1]}, group zaguan." in ENVIRONMENT


def test_units_read_the_settings_and_may_write_their_data_folder():
    for one in UNITS:
        lines = one.read_text("utf-8").splitlines()
        assert "Environment=ZAGUAN_SETTINGS=/etc/zaguan/zaguan.env" in lines
        assert f"StateDirectory={Path(settings()['ZAGUAN_DATA']).name}" in lines


def test_requests_are_counted_in_memory_of_each_instance():
    """A full disk would kill a process that counts in a mapped file."""
    [unit] = [one for one in UNITS if one.name == "zaguan-web@.service"]
    assert "RuntimeDirectory=zaguan-web-%i" in unit.read_text("utf-8").splitlines()
    image = (ROOT / "deploy" / "Containerfile").read_text("utf-8").splitlines()
    assert "ENV RUNTIME_DIRECTORY=/dev/shm" in image
