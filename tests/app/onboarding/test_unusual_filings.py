"""What is unusual about a presentation is said before it is confirmed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.base.models import Filing, Task
from app.cases.case import Case
from app.onboarding.unusual import filings
from forms import StepForm, steps
from forms.drafts import as_formdata
from tests.app import cast
from tests.app.walk import Walk
from tests.conftest import MONDAY

OTHER = "E90002"
SUNDAY = datetime(2026, 3, 1, 15, tzinfo=UTC)


def reception() -> StepForm:
    """Return a reception; what it is held against comes from the filing."""
    return steps()["record_reception"].form(MultiDict({"result": "received"}))


def presenting() -> StepForm:
    return steps()["file_designation"].form()


def found(walk: Walk, form: StepForm, step: str, **changes: Any) -> list[str]:
    """Return what is unusual about the filing, changed by these values."""
    with walk.writing() as session:
        filing = filing_of(session, walk.id)
        for name, value in changes.items():
            setattr(filing, name, value)
        session.flush()
        row = walk.instance(session)
        case = Case(session, row.entity, row)
        return list(filings.of(case, session.get_one(Task, walk.task(step).id), form, filing))


def filing_of(session: Session, instance_id: int) -> Filing:
    return session.scalars(select(Filing).where(Filing.instance_id == instance_id)).one()


def another(walk: Walk, code: str = OTHER, **values: Any) -> None:
    """Add another presentation: of a case of another entity, or of this case if `code` is its."""
    other = walk.begin("onboarding", code) if code == OTHER else walk.id
    with walk.writing() as session:
        place = cast.entity_of(session, code)
        known = {"number": "1", "presented_at": MONDAY, "signed": {}, "kind": "personnel"}
        session.add(Filing(entity_id=place.id, instance_id=other, **(known | values)))


def test_a_reception_is_unusual_long_after_the_constancia(filed: Walk):
    values = {"cut": "2026-1", "received_at": MONDAY + timedelta(hours=1)}
    assert found(filed, reception(), "record_reception", **values) == []
    values = {"cut": "2026-1", "received_at": MONDAY + timedelta(days=14)}
    (said,) = found(filed, reception(), "record_reception", **values)
    assert said == "Entre la constancia y el cargo pasaron 10\N{NO-BREAK SPACE}días hábiles."
    assert found(filed, steps()["review_training"].form(), "record_reception", number="1") == []


@pytest.mark.nightly
def test_another_ruc_than_the_catalogue_had_is_named_in_the_review(begun: Walk):
    with begun.writing() as session:
        entity = begun.instance(session).entity
        before, entity.ruc = entity.ruc, "20999999991"
    begun.designate()
    with begun.reading() as session:
        now = cast.entity_of(session).ruc
    assert now not in (before, "20999999991")
    review = steps()["review_designation"].form()
    assert found(begun, review, "record_reception") == [
        f"La entidad cambió su RUC: el catálogo tenía 20999999991 y presenta {now}."
    ]


@pytest.mark.nightly
def test_a_cut_of_another_entity_is_named(filed: Walk):
    another(filed, cut="2026-1")
    values = {"cut": "2026-1", "received_at": MONDAY + timedelta(hours=1)}
    (said,) = found(filed, reception(), "record_reception", **values)
    assert said.startswith("El expediente (CUT) 2026-1 ya es de ")


def test_of_a_constancia_of_another_only_who_receives_it_reads_the_name(filed: Walk):
    another(filed, number="2026-7")
    values = {"number": "2026-7", "cut": "2026-1", "received_at": MONDAY + timedelta(hours=1)}
    (said,) = found(filed, reception(), "record_reception", **values)
    assert said.startswith("La constancia 2026-7 ya es de ")
    (said,) = found(filed, presenting(), "file_designation", number="2026-7")
    assert said == "La constancia 2026-7 ya figura en otra presentación de otra entidad."


def test_a_constancia_of_ones_own_earlier_presentation_is_said_with_its_day(filed: Walk):
    another(filed, "E90001", number="2026-7")
    with filed.writing() as session:
        row = filed.instance(session)
        first, second = session.scalars(select(Filing).order_by(Filing.id))
        second.number = first.number
        session.flush()
        task = session.get_one(Task, filed.task("file_designation").id)
        (said,) = filings.of(Case(session, row.entity, row), task, presenting(), second)
    assert said.endswith("otra presentación de tu entidad, del 2 de marzo de 2026.")


def test_a_day_off_is_named_with_the_day_from_which_it_counts(filed: Walk):
    until = " no es día hábil: cuenta desde el lunes 2 de marzo de 2026."
    values = {"cut": "2026-1", "presented_at": SUNDAY, "received_at": SUNDAY}
    (said,) = found(filed, reception(), "record_reception", **values)
    assert said == f"El cargo es del domingo 1 de marzo de 2026,{until}"
    (said,) = found(filed, presenting(), "file_designation", presented_at=SUNDAY)
    assert said == f"La constancia es del domingo 1 de marzo de 2026,{until}"


def test_an_hour_after_the_cut_off_counts_from_the_next_day(filed: Walk):
    filed.app.config["CUT_OFF"] = time(7)
    (said,) = found(filed, presenting(), "file_designation", presented_at=MONDAY)
    assert said == (
        "La constancia es del lunes 2 de marzo de 2026, después de las 07:00: cuenta desde el "
        "martes 3 de marzo de 2026."
    )


@pytest.mark.nightly
def test_a_presentation_after_its_term_is_named_also_to_who_receives_it(filed: Walk):
    due_at = filed.task("file_designation").due_at
    assert due_at is not None
    late = {"presented_at": due_at, "received_at": due_at, "cut": "2026-1"}
    ended = "«Firmar y presentar la designación», que venció el 9 de marzo de 2026."
    for form, step in ((presenting(), "file_designation"), (reception(), "record_reception")):
        (said,) = found(filed, form, step, **late)
        assert said == f"Se presentó después del plazo de {ended}"
    filed.change(Task, filed.task("file_designation").id, due_kind="legal")
    (said,) = found(filed, reception(), "record_reception", **late)
    assert said.startswith("Se presentó después del plazo legal de ")


@pytest.mark.parametrize(
    ("cut", "day", "said"),
    [
        ("2026-000123", "24/11/2026", ["El expediente (CUT) y la constancia tienen el mismo"]),
        ("2025-7", "24/11/2026", ["El expediente (CUT) 2025-7 es de 2025, y el cargo, de 2026."]),
        ("2026-7", "24/11/2026", []),
        ("7", "24/11/2026", []),
    ],
)
def test_a_cut_that_may_be_mistyped_is_named(cut: str, day: str, said: list[str]):
    step = steps()["record_reception"]
    values = {"result": "received", "cut": cut, "received_at": {"date": day, "time": "12:00"}}
    form = step.form(MultiDict(as_formdata(step.form, values)), given=dict(step.accepts[0].given))
    assert form.validate()
    assert [one[: len(start)] for one, start in zip(form.unusual(), said, strict=True)] == said
