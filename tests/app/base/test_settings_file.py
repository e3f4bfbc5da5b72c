"""Settings in a file: read as systemd reads it, behind the environment, or refused by line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app import create_app
from app.base.config import SETTINGS, BadSetting, refuse_unknown, settings_file
from app.ops import cli
from tests import programs
from tests.tree import ROOT

#: A program of systemd that reads such a file; it gives `$` a meaning, an EnvironmentFile does not.
SYSTEMD = "30-systemd-environment-d-generator"
#: What a file has after NAME=.
VALUES = (
    "postgresql://a:%40@b/c?d=e&f=g#h",
    " two words # no comment \t",
    '\'a "b" \\c\' "d\'e\\"f\\\\g" h i',
    "a'b\\'c\"d",
    '"a"\\\nb',
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file in the working directory. What a command adds is removed at the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    return tmp_path / ".env"


def added(file: Path, content: str | bytes, **environ: str) -> dict[str, str]:
    """Return an environment to which a file with the content was added."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    settings_file.add(environ)
    return environ


def variables(output: str) -> dict[str, str]:
    """Return the variables that `env -0` printed."""
    return dict(line.split("=", 1) for line in output.split("\0") if line)


@pytest.mark.starts(SYSTEMD)
def test_values_are_taken_as_systemd_takes_them(here: Path):
    text = "".join(f"# comment\n\n V{n}={value}\n" for n, value in enumerate(VALUES))
    folder = here.with_name("environment.d")
    folder.mkdir()
    (folder / "a.conf").write_text(text, "utf-8")
    said = subprocess.check_output(
        [programs.path(SYSTEMD)], env={"XDG_CONFIG_HOME": str(here.parent)}, text=True
    )
    theirs = subprocess.check_output(["sh", "-c", f"set -a\n{said}\nenv -0"], env={}, text=True)
    ours = added(here, text)
    assert len(ours) == len(VALUES)
    assert ours.items() <= variables(theirs).items()
    assert added(here, "A=x$B${C} & #d\nE=") == {"A": "x$B${C} & #d", "E": ""}


def test_the_environment_wins_no_file_adds_nothing_and_a_named_one_must_exist(here: Path):
    assert added(here, "A=1\nB=2\nC=3", A="old", B="") == {"A": "old", "B": "", "C": "3"}
    here.unlink()
    settings_file.add({})
    with pytest.raises(BadSetting, match=r"absent\.env: takes a file that can be read"):
        settings_file.add({"ZAGUAN_SETTINGS": "absent.env"})


def test_a_wrong_line_is_refused_by_its_number_and_what_is_no_text_or_no_file_too(here: Path):
    for text, line in [
        ("A=1\n\n\nsecret words\nB=2\n", 4),
        ("ZAGUAN_LOG\n", 1),
        ("A=1\nB='secret\n", 2),
        ('A= "sec\\"\nret', 1),
        ("export A=secret\n", 1),
        ("=secret\n", 1),
        ("A=1\nB=sec\0ret", 2),
    ]:
        with pytest.raises(BadSetting, match=rf"\.env, line {line}: takes NAME=value$"):
            added(here, text)
    with pytest.raises(BadSetting, match="in UTF-8"):
        added(here, b"A=\xff\n")
    here.unlink()
    here.mkdir()
    with pytest.raises(BadSetting, match="that can be read"):
        settings_file.add({})


def test_the_installed_command_gets_whole_values_of_both_files(tmp_path: Path):
    """Root adds the owner's file. `env` stands for Zaguán, which reads the other one."""
    address = "postgresql+psycopg://a:%26@b/c?d=e&f=$HOME#g"
    for name in ("zaguan", "owner"):
        (tmp_path / f"{name}.env").write_text(f"{name}={address}&{name}\n", "utf-8")
    alone = Path("app", "base", "config")  # two modules: nothing else is imported
    (tmp_path / alone).mkdir(parents=True)
    for module in ("fault.py", "settings_file.py"):
        (tmp_path / alone / module).symlink_to(ROOT / alone / module)
    text = (ROOT / "deploy" / "zaguan").read_text("utf-8")
    for there, instead in (
        ("/etc/zaguan", str(tmp_path)),
        ("$(id -u)", "0"),
        ("/usr/sbin/runuser -u zaguan --", ""),
        ("$program/zaguan", "env -0"),
        ("$program/python -P", f"{sys.executable} -"),
    ):
        text = text.replace(there, instead)
    environ = variables(subprocess.check_output(["sh", "-c", text], cwd=tmp_path, text=True))
    settings_file.add(environ)
    assert environ["owner"] == f"{address}&owner"
    assert environ["zaguan"] == f"{address}&zaguan"


def test_a_setting_misspelt_by_one_letter_is_named_with_its_neighbour():
    for name in (setting.name for setting in SETTINGS):
        for n in (2, len(name) // 2, len(name) - 1):
            for letter in ("", "8"):
                wrong = name[:n] + letter + name[n + 1 :]
                with pytest.raises(BadSetting, match=rf"^{wrong}: is no .* mean {name}\?$"):
                    refuse_unknown([wrong])


def test_every_command_and_the_application_refuse_an_unknown_name(
    here: Path, run: Callable[..., tuple[int, str, str]]
):
    here.write_text("ZAGUAN_DATABSE_URL=x\n", "utf-8")
    said = "ZAGUAN_DATABSE_URL: is no setting. Did you mean ZAGUAN_DATABASE_URL?\n"
    assert {run(command) for command in cli.commands.commands} == {(2, "", said)}
    with pytest.raises(BadSetting, match="is no setting"):
        create_app()
