"""Settings in `.env`: read where a command runs, behind the environment, or refused by line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.base.config import BadSetting, dotenv_file

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file in the working directory. What a command adds is removed at the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    return tmp_path / ".env"


def added(file: Path, content: str | bytes, **environ: str) -> dict[str, str]:
    """Return an environment to which a file with the content was added."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    dotenv_file.add(environ, file)
    return environ


def test_values_are_taken_as_written_and_the_environment_wins(here: Path):
    text = "# settings\n\nexport A='two words # here'\nB=x$A # a comment\nC=new\nD=\n"
    assert added(here, text, C="old", B="") == {
        "A": "two words # here", "B": "", "C": "old", "D": "",
    }  # fmt: skip
    assert added(here, "B=x$A # a comment\n") == {"B": "x$A"}


def test_no_file_adds_nothing(here: Path):
    environ = {"A": "1"}
    dotenv_file.add(environ, here)
    assert environ == {"A": "1"}


def test_a_wrong_line_is_refused_by_its_number_and_what_is_no_text_or_no_file_too(here: Path):
    for text, line in [
        ("A=1\n\n\nsecret words\nB=2\n", 4),
        ("ZAGUAN_LOG\n", 1),
        ("A=1\nB='secret\n", 2),
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
        dotenv_file.add({}, here)


def test_a_command_reads_the_file_where_it_runs_and_refuses_a_wrong_line(here: Path, run: Run):
    here.write_text("ZAGUAN_LOG=xml\n", "utf-8")
    assert run("status") == (2, "", "ZAGUAN_LOG: takes plain (warnings, for a terminal) or json "
                                    "(a line per event)\n")  # fmt: skip
    here.write_text("ZAGUAN_LOG=json\nand so on\n", "utf-8")
    assert run("status") == (2, "", ".env, line 2: takes NAME=value\n")
