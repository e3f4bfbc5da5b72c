"""`zaguan check` and `zaguan deploy`: faults, remarks and refusals."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.base.config import shipped
from tests.app.people.things_of_versions import without_interest_acts
from tests.app.walk import BPMN, texts

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.nightly("servers")
def test_the_diagrams_of_the_code_have_no_faults(run: Run):
    assert run("check", str(BPMN))[:2] == (0, "Nothing to object: these can be deployed.\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the diagrams, to be damaged."""
    made = tmp_path / "bpmn"
    made.mkdir()
    for name, text in texts().items():
        (made / name).write_text(text, "utf-8")
    return made


def test_faults_are_listed_with_file_and_element_and_the_check_fails(run: Run, folder: Path):
    file = folder / "designation.bpmn"
    text = file.read_text("utf-8")
    file.write_text(text.replace("working_days(45)", "PT45D"), "utf-8")
    code, out, err = run("check", str(folder))
    assert code == 1
    assert "designation.bpmn" in out
    assert "designation_overdue" in out
    assert "could not be deployed" in err


@pytest.mark.nightly("servers")
def test_what_a_version_does_not_use_is_a_remark_and_a_fault_in_the_diagrams_of_the_code(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    for name, text in without_interest_acts().items():
        (folder / name).write_text(text, "utf-8")
    remark = "enable_interest_acts: The folder forms/enable_interest_acts/ belongs to no user task."
    code, out, _ = run("check", str(folder))
    assert (code, out.startswith(f"Remark: {remark}")) == (0, True), out
    monkeypatch.setattr(shipped, "DIAGRAMS", folder)
    code, out, err = run("check", str(folder))
    assert (code, out.startswith(remark), "3 faults" in err) == (1, True, True), out


def test_a_version_without_the_days_of_a_term_is_refused(run: Run, folder: Path):
    file = folder / "deadlines.dmn"
    row = re.compile(r'<rule id="deadlines_answer_question">.*?</rule>', re.DOTALL)
    text, count = row.subn("", file.read_text("utf-8"))
    assert count == 1
    file.write_text(text, "utf-8")
    code, out, _ = run("check", str(folder))
    assert (code, out.startswith("deadlines.dmn, answer_question: It has no row")) == (1, True), out


@pytest.mark.nightly("servers")
def test_a_step_that_needs_what_no_step_gives_is_a_remark(run: Run, tmp_path: Path):
    for name, text in without_interest_acts().items():
        (tmp_path / name).write_text(text, "utf-8")
    code, out, _ = run("check", str(tmp_path))
    assert code == 0, out
    assert out.splitlines()[:3] == [
        "Remark: enable_interest_acts: The folder forms/enable_interest_acts/ belongs to no user "
        "task.",
        *(
            f"Remark: interest_acts.bpmn, {step}: It needs interest_acts, which only "
            "forms/enable_interest_acts/ gives: the version has no such step."
            for step in ("close_onboarding", "sign_certificate")
        ),
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"not xml", b"<a>", b"\xff\xfe\x00<", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"],
)
def test_a_file_that_is_no_diagram_is_named(run: Run, folder: Path, content: bytes):
    (folder / "designation.bpmn").write_bytes(content)
    code, out, err = run("check", str(folder))
    assert code == 1
    assert "designation.bpmn" in out + err


def test_an_empty_folder_is_no_set_of_diagrams(run: Run, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    code, out, _ = run("check", str(tmp_path / "empty"))
    assert code == 1
    assert out


@pytest.mark.nightly("servers")
def test_bad_diagrams_are_not_deployed(run: Run, folder: Path):
    run("migrate")
    (folder / "follow_up.bpmn").unlink()
    code, _, err = run("deploy", "--folder", str(folder))
    assert code == 1
    assert "follow_up" in err
    assert "nothing was deployed" in err
