"""Versions of the diagrams: refusals, and the checks against the code at each start."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

import forms
from app.base import db
from app.base.models import Deployment
from app.cases import processes, records, service_tasks
from app.cases.processes.versions import contract, named
from app.ops import cli, serve
from app.ops.cli import group
from forms import Step
from tests.app.together import together
from tests.app.walk import Walk, texts
from tests.conftest import Clock
from workflows.contract import InvalidDiagram


def test_what_comes_with_the_code_can_be_deployed():
    assert processes.check(texts()).all == ()
    assert contract.record_faults() == []


@pytest.mark.nightly
@pytest.mark.postgresql
def test_the_same_texts_twice_are_one_deployment(walk: Walk):
    def again() -> int:
        with walk.writing() as session:
            return processes.deploy(session).id

    assert set(together(again, again)) == {1}
    assert walk.one(select(func.count(Deployment.id))) == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("designation.bpmn", "<bpmn:process", "<bpmn:proces", "designation.bpmn"),
        ("designation.bpmn", 'outcome("review_designation")', 'outcom("x")', "outcom"),
        ("designation.bpmn", "working_days(45)", "__import__('os')", "designation_overdue"),
        ("deadlines.dmn", '"list_personnel"', '"list_persons"', "list_personnel"),
        ("designation.bpmn", 'name="Secretaría de Integridad Pública"', 'name="Otra"', "Otra"),
        ("designation.bpmn", "record_reception", "register_reception", "register_reception"),
    ],
)
def test_what_would_fail_later_is_refused_with_its_place_and_nothing_is_deployed(
    app: Flask, file: str, old: str, new: str, said: str
):
    assert old in texts()[file]
    changed = texts() | {file: texts()[file].replace(old, new)}
    with app.app_context(), db.writing(app) as session:
        with pytest.raises(InvalidDiagram) as refusal:
            processes.deploy(session, changed)
        assert refusal.value.faults
        assert said in str(refusal.value)
        assert session.scalar(select(func.count(Deployment.id))) == 0


@pytest.mark.nightly
def test_a_start_refuses_a_live_version_whose_service_task_is_gone(
    begun: Walk, monkeypatch: pytest.MonkeyPatch
):
    with begun.reading() as session:
        processes.check_live(session)
        monkeypatch.delitem(service_tasks.OFFERED, "open_accounts")
        with pytest.raises(InvalidDiagram, match="open_accounts"):
            processes.check_live(session)


@pytest.mark.nightly
def test_a_version_without_live_instances_binds_nobody_once_another_is_in_force(
    begun: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    begun.act(processes.cancel, "Se inició por error")
    with monkeypatch.context() as without, begun.reading() as session:
        without.delitem(service_tasks.OFFERED, "open_accounts")
        with pytest.raises(InvalidDiagram, match="has no live case, and is in force"):
            processes.check_live(session)
    clock.forward(hours=1)
    changed = {file: text.replace("open_accounts", "open_them") for file, text in texts().items()}
    monkeypatch.setitem(service_tasks.OFFERED, "open_them", service_tasks.OFFERED["open_accounts"])
    monkeypatch.setattr(named, "NAMED", {})
    begun.commit(processes.deploy, changed)
    monkeypatch.delitem(service_tasks.OFFERED, "open_accounts")
    with begun.reading() as session:
        processes.check_live(session)


def test_a_start_refuses_a_live_version_whose_step_is_gone(
    begun: Walk, monkeypatch: pytest.MonkeyPatch
):
    with begun.reading() as session:
        version = processes.in_force(session).hash[:12]
    fewer = {key: step for key, step in forms.steps().items() if key != "sign_letter"}
    monkeypatch.setattr(contract, "steps", lambda: fewer)
    with begun.reading() as session, pytest.raises(InvalidDiagram) as refusal:
        processes.check_live(session)
    sentence = f"There is no folder forms/sign_letter/ for it. Version {version} has 1 live case."
    assert sentence in {fault.sentence for fault in refusal.value.faults}


@pytest.mark.nightly
def test_a_version_may_leave_out_a_step_whose_folder_serves_the_cases_of_another(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    step = replace(forms.steps()["sign_letter"], id="sign_twice")
    more = {**forms.steps(), "sign_twice": step}
    monkeypatch.setattr(contract, "steps", lambda: more)
    with walk.writing() as session:
        processes.deploy(session, texts())
        processes.check_live(session)
    assert [str(remark) for remark in processes.check(texts()).remarks] == [
        "sign_twice: The folder forms/sign_twice/ belongs to no user task."
    ]


def test_serving_begins_with_holding_live_versions_against_the_code(
    begun: Walk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    served: list[int] = []
    monkeypatch.setattr(group, "create_app", lambda *_: begun.app)
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", begun.app.config["DATABASE_URL"])
    monkeypatch.setenv("ZAGUAN_DATA", str(begun.app.config["DATA"]))
    monkeypatch.setattr(serve, "serve", lambda *_: served.append(1) or 0)
    monkeypatch.delitem(service_tasks.OFFERED, "open_accounts")
    monkeypatch.setattr("sys.argv", ["zaguan", "serve"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert not served
    assert "open_accounts" in capsys.readouterr().err


def test_a_step_that_names_an_unknown_record_is_a_fault(monkeypatch: pytest.MonkeyPatch):
    step = forms.steps()["sign_letter"]
    odd = Step(step.id, step.form, ("nothing",), ("progress",), (), (), step.ask, step.lacks, None)
    monkeypatch.setattr(contract, "steps", lambda: {"sign_letter": odd})
    assert [str(fault) for fault in contract.record_faults()] == [
        "sign_letter: needs nothing, which is no record",
        "sign_letter: gives progress, which no record takes",
    ]


def test_a_record_that_no_step_needs_is_a_fault_unless_archived(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(records, "ARCHIVED", records.ARCHIVED - {"certificate"} | {"training"})
    assert [str(fault) for fault in contract.record_faults()] == [
        "plan_training: gives training, which some step needs; see ARCHIVED",
        "sign_certificate: gives certificate, which no step needs; see ARCHIVED",
    ]
