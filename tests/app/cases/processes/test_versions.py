"""Versions are offered, proposed and put into force; each putting into force is a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import func, select

from app.base import calendar, config
from app.base.models import Deployment, LogEntry, Proposal, PutIntoForce, VersionOffer
from app.cases import processes
from app.cases.history.lines import describe
from app.cases.processes import versions
from app.cases.processes.case_admin import Refused
from app.cases.processes.versions import proposing
from app.people import proposals
from tests.app import cast
from tests.app.together import together
from tests.app.walk import Walk, texts
from tests.conftest import Clock
from tests.databases import behind_the_back
from workflows.contract import InvalidDiagram

Texts = dict[str, str]


def changed(file: str, old: str, new: str) -> Texts:
    """Return the diagrams and tables with one text changed."""
    assert old in texts()[file]
    return texts() | {file: texts()[file].replace(old, new, 1)}


def label(words: str = "Otra lista") -> Texts:
    """Return a version that changes only words."""
    name = 'name="Elaborar la relación de personal (SIP-RVL-002)"'
    return changed("designation.bpmn", name, f'name="{words}"')


def legal() -> Texts:
    """Return a version in which the entity has three days to correct, instead of two."""
    row = '<outputEntry id="deadlines_correct_designation_days">\n          <text>{}</text>'
    return changed("deadlines.dmn", row.format(2), row.format(3))


def lane() -> Texts:
    """Return a version in which the SGTD unblocks what the SIP has to."""
    file = "follow_up.bpmn"
    ref = "<bpmn:flowNodeRef>unblock_stage_sip</bpmn:flowNodeRef>"
    other = "<bpmn:flowNodeRef>unblock_stage_sgtd</bpmn:flowNodeRef>"
    text = texts()[file]
    assert text.count(ref) == text.count(other) == 1
    return texts() | {file: text.replace(ref, "").replace(other, other + ref)}


def offered(walk: Walk, version: Texts) -> int:
    """Offer a version. Return its id."""
    return walk.commit(versions.offer, versions.checked(version), source="page").id


def in_force(walk: Walk) -> int:
    with walk.reading() as session:
        return processes.in_force(session).id


def log(walk: Walk) -> list[tuple[str, int | None, dict[str, Any]]]:
    """Return the entries about versions."""
    about = LogEntry.kind.regexp_match("^(version|proposal)[.]")
    rows = walk.all(select(LogEntry).where(about).order_by(LogEntry.id))
    return [(row.kind, row.actor_id, dict(row.data)) for row in rows]


@contextmanager
def refused(sentence: str) -> Iterator[None]:
    """Check that an act is refused with this sentence."""
    with pytest.raises(Refused) as refusal:
        yield
    assert str(refusal.value) == sentence


@pytest.fixture
def two(walk: Walk) -> tuple[int, int]:
    """Return the ids of two people who put versions into force."""
    return walk.person("40000051", "superuser"), walk.person("40000052", "superuser")


# Offered --------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_an_offered_version_is_stored_with_its_source_and_not_in_force(walk: Walk):
    before = in_force(walk)
    new = offered(walk, label())
    assert offered(walk, label()) == new, "the same from the same source is stored once"
    assert in_force(walk) == before
    assert walk.row(walk.begin()).deployment_id == before
    walk.commit(versions.offer, versions.checked(label()), source="command")
    with walk.reading() as session:
        sources = session.execute(select(VersionOffer.deployment_id, VersionOffer.source)).all()
        name = versions.name_of(session.get_one(Deployment, new))
    assert list(map(tuple, sources)) == [(new, "page"), (new, "command")]
    assert log(walk) == [
        ("version.offered", None, {"version": name, "source": "page"}),
        ("version.offered", None, {"version": name, "source": "command"}),
    ]


@pytest.mark.nightly
def test_only_an_offer_is_no_version_in_force(walk: Walk):
    with behind_the_back(walk.app) as session:
        session.query(PutIntoForce).delete()
        session.query(Deployment).delete()
    offered(walk, label())
    with walk.reading() as session, pytest.raises(processes.NothingDeployed):
        processes.in_force(session)


def test_a_version_with_faults_is_not_offered():
    with pytest.raises(InvalidDiagram, match="outcom"):
        versions.checked(
            changed("designation.bpmn", 'outcome("review_designation")', 'outcom("x")')
        )


# By one person --------------------------------------------------------------------------------


@pytest.mark.nightly
def test_putting_into_force_is_a_row_with_author_and_reason(
    walk: Walk, two: tuple[int, int], clock: Clock
):
    first, new = in_force(walk), offered(walk, label())
    clock.forward(hours=1)
    walk.commit(versions.put_into_force, new, reason=" Nuevo nombre. ", actor_id=two[0])
    assert in_force(walk) == new
    walk.commit(versions.put_into_force, first, reason="Se vuelve atrás.", actor_id=two[1])
    assert in_force(walk) == first, "also at the same moment of the clock"
    _, *rows = walk.all(select(PutIntoForce).order_by(PutIntoForce.id))
    assert [(row.deployment_id, row.by_id, row.reason) for row in rows] == [
        (new, two[0], "Nuevo nombre."),
        (first, two[1], "Se vuelve atrás."),
    ]
    assert rows[0].at == calendar.now() < rows[1].at
    kinds = [(kind, actor) for kind, actor, _ in log(walk)]
    assert kinds[1:] == [("version.put", two[0]), ("version.put", two[1])]


@pytest.mark.nightly
def test_a_version_in_force_or_without_a_reason_is_refused(walk: Walk, two: tuple[int, int]):
    first, new = in_force(walk), offered(walk, label())
    with walk.reading() as session:
        for id_, reason, sentence in (
            (first, "Otra vez.", proposing.IN_FORCE),
            (new, "  ", proposing.NO_REASON),
        ):
            with refused(sentence):
                versions.put_into_force(session, id_, reason=reason, actor_id=two[0])
            with refused(sentence):
                versions.propose(session, id_, reason=reason, actor_id=two[0])


@pytest.mark.nightly
def test_a_version_that_a_newer_code_cannot_run_is_not_put_into_force(
    walk: Walk, two: tuple[int, int], monkeypatch: pytest.MonkeyPatch
):
    new = offered(walk, label())
    monkeypatch.setattr(
        "app.cases.processes.versions.contract.PURPOSES", frozenset({"redesignation"})
    )
    with walk.reading() as session, pytest.raises(InvalidDiagram, match="purpose"):
        versions.put_into_force(session, new, reason="Nuevo nombre.", actor_id=two[0])


# By two ---------------------------------------------------------------------------------------


@pytest.mark.nightly
@pytest.mark.parametrize("version", [legal, lane])
def test_a_legal_term_or_a_lane_needs_a_second_person(
    walk: Walk, two: tuple[int, int], version: Callable[[], Texts]
):
    new = offered(walk, version())
    with walk.reading() as session:
        assert versions.grounds(session, session.get_one(Deployment, new))
        with pytest.raises(Refused, match="segunda persona"):
            versions.put_into_force(session, new, reason="Cambió la norma.", actor_id=two[0])


@pytest.mark.nightly
def test_words_need_a_second_person_only_by_the_setting(
    walk: Walk, two: tuple[int, int], monkeypatch: pytest.MonkeyPatch
):
    new = offered(walk, label())
    with walk.reading() as session:
        deployment = session.get_one(Deployment, new)
        assert versions.grounds(session, deployment) == ()
        assert not versions.needs_two(session, deployment)
        monkeypatch.setitem(walk.app.config, "VERSIONS_NEED_TWO", "yes")
        with pytest.raises(Refused, match="segunda persona"):
            versions.put_into_force(session, new, reason="Nuevo nombre.", actor_id=two[0])


def test_the_setting_is_yes_or_no(tmp_path):
    def load(value: str) -> object:
        given = {"ZAGUAN_VERSIONS_NEED_TWO": value, "ZAGUAN_DATA": str(tmp_path)}
        return config.load(given)["VERSIONS_NEED_TWO"]

    assert [load("yes"), load("no")] == ["yes", "no"]
    with pytest.raises(config.BadSetting):
        load("maybe")


def proposed(walk: Walk, by: int, version: Texts | None = None) -> int:
    """Offer and propose a version. Return the id of the proposal."""
    new = offered(walk, version or legal())
    return walk.commit(versions.propose, new, reason="Cambió la norma.", actor_id=by).id


def confirmed(walk: Walk, proposal: int, by: int) -> PutIntoForce:
    return walk.commit(versions.confirm, proposal, actor_id=by)


@pytest.mark.nightly
def test_a_second_person_puts_a_proposed_version_into_force(walk: Walk, two: tuple[int, int]):
    first, proposal = in_force(walk), proposed(walk, two[0])
    assert in_force(walk) == first
    with walk.reading() as session:
        waiting = versions.waiting(session)
        assert waiting is not None
        assert (waiting.id, waiting.by_id, waiting.data["base"]) == (proposal, two[0], first)
        new, author = waiting.data["deployment"], waiting.by.full_name
    with refused(proposals.ONESELF):
        confirmed(walk, proposal, two[0])
    assert in_force(walk) == first
    put = confirmed(walk, proposal, two[1])
    assert in_force(walk) == put.deployment_id == new
    assert (put.by_id, put.reason) == (two[0], "Cambió la norma.")
    with walk.reading() as session:
        row = session.get_one(Proposal, proposal)
        assert (row.state, row.closed_by_id) == ("confirmed", two[1])
        assert versions.waiting(session) is None
        (entry,) = session.scalars(select(LogEntry).where(LogEntry.kind == "version.put"))
        assert entry.actor_id == two[1]
        assert describe(entry).who.endswith(f", como propuso {author}")
    page = cast.signed_in(walk.app, "40000052").get("/registro-de-cambios").text
    for words in (
        "Se guardó la versión",
        "desde la página Proceso",
        "Se propuso poner en vigor la versión",
        "Entró en vigor la versión",
        "Cambió la norma.",
    ):
        assert words in page


@pytest.mark.nightly
def test_an_answered_proposal_is_not_answered_again(walk: Walk, two: tuple[int, int]):
    proposal = proposed(walk, two[0])
    with walk.writing() as session:
        proposals.withdraw(session, proposal, "Falta el informe.", two[0])
    for act in (
        lambda session: versions.confirm(session, proposal, actor_id=two[1]),
        lambda session: proposals.withdraw(session, proposal, "No.", two[1]),
    ):
        with walk.reading() as session, refused(proposals.ANSWERED):
            act(session)
    assert [kind for kind, _, _ in log(walk)][-2:] == ["proposal.made", "proposal.withdrawn"]
    assert proposed(walk, two[0]) > proposal, "it can be proposed again"


@pytest.mark.nightly
def test_one_version_is_proposed_at_a_time(walk: Walk, two: tuple[int, int]):
    proposed(walk, two[0])
    with refused(proposals.ANOTHER_WAITS):
        proposed(walk, two[1], lane())


@pytest.mark.nightly
def test_a_proposal_is_void_once_another_version_is_in_force(
    walk: Walk, two: tuple[int, int], clock: Clock
):
    proposal = proposed(walk, two[0])
    clock.forward(hours=1)
    other = walk.commit(processes.deploy, label()).id
    with refused(proposals.ANSWERED):
        confirmed(walk, proposal, two[1])
    assert in_force(walk) == other
    assert walk.read(versions.waiting) is None
    assert walk.get(Proposal, proposal).state == "void"


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_who_confirm_at_once_put_it_into_force_once(walk: Walk, two: tuple[int, int]):
    proposal, third = proposed(walk, two[0]), walk.person("40000053", "superuser")

    def confirm_as(person: int) -> Callable[[], PutIntoForce]:
        return lambda: confirmed(walk, proposal, person)

    results = together(confirm_as(two[1]), confirm_as(third))
    assert sorted(type(one).__name__ for one in results) == ["PutIntoForce", "Refused"]
    assert walk.one(select(func.count(PutIntoForce.id))) == 2


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_who_propose_at_once_make_one_proposal(walk: Walk, two: tuple[int, int]):
    ids = offered(walk, legal()), offered(walk, lane())

    def propose(version: int, person: int) -> Callable[[], int]:
        def act() -> int:
            with walk.writing() as session:
                return versions.propose(session, version, reason="Norma.", actor_id=person).id

        return act

    results = together(*map(propose, ids, two))
    assert sorted(type(one).__name__ for one in results) == ["Refused", "int"]
