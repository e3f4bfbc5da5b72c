"""`zaguan offer`, `zaguan deploy` and `zaguan export-version`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.walk import texts
from workflows.definition import hash_of

pytestmark = pytest.mark.nightly("servers")

Run = Callable[..., tuple[int, str, str]]
LEGAL = '<outputEntry id="deadlines_correct_designation_days">\n          <text>{}</text>'
LABEL = 'name="Elaborar la relación de personal (SIP-RVL-002)"'


def written(folder: Path, file: str, old: str, new: str) -> tuple[Path, str]:
    """Write the diagrams with one text changed. Return the folder and the name of the version."""
    assert old in texts()[file]
    changed = texts() | {file: texts()[file].replace(old, new, 1)}
    folder.mkdir()
    for name, text in changed.items():
        (folder / name).write_bytes(text.encode())
    return folder, hash_of(changed)[:12]


@pytest.fixture
def label(tmp_path: Path) -> tuple[Path, str]:
    """Return a version that changes only words."""
    return written(tmp_path / "label", "designation.bpmn", LABEL, 'name="Otra lista"')


@pytest.fixture
def legal(tmp_path: Path) -> tuple[Path, str]:
    """Return a version that changes a legal term."""
    folder = tmp_path / "legal"
    return written(folder, "deadlines.dmn", LEGAL.format(2), LEGAL.format(3))


def test_an_offered_version_waits_until_it_is_deployed(run: Run, label: tuple[Path, str]):
    run("setup", "--no-demo")
    folder, name = label
    assert run("offer", str(folder))[:2] == (0, f"Offered: {name}\n")
    assert run("diff", "in-force", str(folder))[0] == 1
    assert run("deploy", "--folder", str(folder))[:2] == (0, f"In force: {name}\n")
    assert run("diff", "in-force", str(folder))[0] == 0


def test_a_version_that_changes_a_legal_term_names_a_second_person(
    run: Run, legal: tuple[Path, str]
):
    run("setup", "--no-demo")
    folder, name = legal
    code, _, err = run("deploy", "--folder", str(folder))
    assert code == 1
    assert "A second person has to confirm" in err
    assert ": Días hábiles: 2 → 3" in err
    assert run("diff", "in-force", str(folder))[0] == 1, "nothing was deployed"
    words = ("--reason", "Cambió la norma.", "--approved-by", "Invented Person")
    assert run("deploy", "--folder", str(folder), *words)[:2] == (0, f"In force: {name}\n")


def test_the_setting_demands_a_second_person_for_every_version(
    run: Run, label: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
):
    run("setup", "--no-demo")
    monkeypatch.setenv("ZAGUAN_VERSIONS_NEED_TWO", "yes")
    assert run("setup", "--no-demo")[0] == run("deploy")[0] == 0, "nothing is replaced"
    folder, name = label
    code, _, err = run("deploy", "--folder", str(folder))
    assert code == 1
    assert "ZAGUAN_VERSIONS_NEED_TWO" in err
    words = ("--approved-by", "Invented Person")
    assert run("deploy", "--folder", str(folder), *words)[:2] == (0, f"In force: {name}\n")


def test_setup_leaves_what_was_deployed_from_another_folder(run: Run, label: tuple[Path, str]):
    run("setup", "--no-demo")
    folder, name = label
    run("deploy", "--folder", str(folder))
    code, out, _ = run("setup", "--no-demo")
    assert code == 0
    assert f"In force stays version {name} of the diagrams" in out
    assert run("deploy")[0] == 0, "the offered version of the code"
    assert "In force stays" not in run("setup", "--no-demo")[1]


def test_a_version_comes_out_as_it_went_in(run: Run, label: tuple[Path, str], tmp_path: Path):
    run("setup", "--no-demo")
    folder, _ = label
    file = folder / "designation.bpmn"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n").rstrip())
    (folder / "README.md").write_text("No part of it.")
    name = run("offer", str(folder))[1].split()[-1]
    assert run("export-version", name, str(tmp_path / "out"))[0] == 0
    (folder / "README.md").unlink()
    there = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == there


def test_an_export_overwrites_nothing(run: Run, tmp_path: Path):
    run("setup", "--no-demo")
    (tmp_path / "mine.txt").write_text("Mine.")
    code, _, err = run("export-version", "in-force", str(tmp_path))
    assert (code, "not empty" in err) == (2, True)
    code, _, err = run("export-version", "ffffffffffff", str(tmp_path / "out"))
    assert (code, "no version of this installation" in err) == (1, True)
    assert not (tmp_path / "out").exists()
