"""Of two demos, the one where the continuing onboarding is tested stays; the other is kept."""

from __future__ import annotations

import pytest

from app.administration.catalogue import duplicates
from app.base import calendar
from app.base.models import ProcessInstance, Record, User
from app.cases import processes, records
from app.cases.case import Case
from app.cases.records import evidence
from app.ops.demo import visits as demo_visits
from app.people import access
from app.register.registers import environments
from app.register.visits import personnel
from tests.app.administration.twins import TARGET, entry, merge, prepare
from tests.app.walk import CODE, Walk

#: Number of visits of the continuing test, and of the other one.
TRIED, OTHER = 3, 2


@pytest.fixture
def twice(walk: Walk) -> Walk:
    """Return two entries of one entity, both with demo visits; only CODE's onboarding continues."""
    prepare(walk)
    for code, visits in ((TARGET, OTHER), (CODE, TRIED)):
        instance = walk.begin_at("demo_test", code=code)
        with walk.writing() as session:
            entity = entry(session, code)
            case = Case(session, entity, session.get_one(ProcessInstance, instance))
            register = environments.open_register(session, entity, "demo", None)
            personnel.receive(session, register, records.read(case, "roster"), calendar.today())
            for person in records.roster.operators(case):
                access.open_account(session, person, "operator", entity, None)
            demo_visits.begin_test(session, entity.id, visits)
            said = {"evidence": code}
            for name in ("demo_statement", "demo_evidence"):
                at = calendar.now()
                session.add(Record(entity_id=entity.id, name=name, data=said, at=at))
        walk.id = instance
        if code == TARGET:
            walk.commit(processes.cancel, instance, "Es un duplicado.", walk.people["sip"])
    return walk


def figures(walk: Walk, code: str) -> dict[str, int]:
    """Return what the demo test of the continuing onboarding shows, at its present entry."""
    with walk.reading() as session:
        row = walk.instance(session)
        assert row.entity.code == code
        return {
            one["name"]: one["count"]
            for one in evidence.read_figures(Case(session, row.entity, row))
        }


def demo_of(walk: Walk, code: str) -> int:
    """Return the register that an entry has as its demo."""
    with walk.reading() as session:
        found = environments.find(session, entry(session, code), "demo")
        assert found is not None
        return found.id


def said_of(walk: Walk, code: str, name: str) -> list[str]:
    """Return whose demo the records of a name under an entry describe."""
    with walk.reading() as session:
        found = session.query(Record).filter_by(entity_id=entry(session, code).id, name=name)
        return sorted({record.data["evidence"] for record in found})


@pytest.mark.guard("duplicates of the catalogue are merged")
@pytest.mark.parametrize(("duplicate", "target"), [(CODE, TARGET), (TARGET, CODE)])
def test_the_demo_stands_whose_onboarding_goes_on(twice: Walk, duplicate: str, target: str):
    before = figures(twice, CODE)
    tried, other = demo_of(twice, CODE), demo_of(twice, TARGET)
    assert before["visits"] == TRIED
    merge(twice, duplicate, target)
    assert figures(twice, target) == before
    assert (demo_of(twice, target), demo_of(twice, duplicate)) == (tried, other)
    for name in ("demo_statement", "demo_evidence"):
        assert said_of(twice, target, name) == [CODE]
        assert said_of(twice, duplicate, name) == [TARGET]
    twice.assert_consistent(twice.id)
    moved = twice.entries("entity.merged")[0].data["moved"]
    assert moved.get("register.entity_id", 0) == (1 if duplicate == CODE else 0)


@pytest.mark.nightly
@pytest.mark.parametrize(("duplicate", "target"), [(CODE, TARGET), (TARGET, CODE)])
def test_the_page_says_which_demo_stands_and_what_the_other_holds(
    twice: Walk, duplicate: str, target: str
):
    page = twice.browser("superuser").get(f"/catalogo/{duplicate}/unir?con={target}").text
    stands = "Queda en uso el de E90001, que lleva la implementación: 3\xa0visitas de prueba y "
    assert stands in page
    assert f"El de E90002 queda guardado con {duplicate}, sin uso: 2\xa0visitas de prueba" in page


@pytest.mark.nightly
def test_operators_go_on_in_the_test_after_the_duplicate_led(twice: Walk):
    with twice.reading() as session:
        operator = access.holders(session, "operator", entry(session, CODE))[0].id
    merge(twice)
    with twice.reading() as session:
        assert access.may(session.get_one(User, operator), "record_visits", entry(session, TARGET))
    assert "Una visita" not in twice.browser_of(operator).get(f"/registro/{CODE}/demo").text
    assert twice.browser_of(operator).get(f"/registro/{TARGET}/demo").status_code == 200


@pytest.mark.nightly
def test_nothing_is_left_of_the_place_between(twice: Walk):
    merge(twice)
    with twice.reading() as session:
        assert duplicates.merged_into(session, entry(session, CODE)) is not None
        assert [one.code for one in session.query(type(entry(session, CODE)))] == [CODE, TARGET]
