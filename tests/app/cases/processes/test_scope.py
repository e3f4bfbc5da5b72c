"""The scope «solo Agendas»: refused in this procedure, readable in earlier answers."""

from __future__ import annotations

from app.cases import records
from app.cases.processes.act import Act
from tests.app.walk import CODE, Walk


def test_a_case_that_answered_only_agendas_before_goes_on(walk: Walk):
    walk.begin()
    for step, outcome in (
        ("designate_administrator", ""),
        ("list_personnel", ""),
        ("file_designation", ""),
        ("record_reception", "received"),
    ):
        walk.answer(step, outcome)
    with walk.writing() as session:
        case = Act.hold(session, walk.id, None).case
        answered = records.read(case, "administrator")
        records.write(case, "administrator", {**answered, "scope": "rao"})
    walk.answer("review_designation", "accepted")
    assert walk.row().stage == "induction"
    assert walk.browser("sip").get(f"/entidades/{CODE}").status_code == 200
