"""The parties of a case in every history: the parts sum up, and the log is complete.

Anything may happen to a case (`histories`). After each act its clocks are compared with the
observed states, day by day, and with the log alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Holding, ProcessInstance
from app.cases import custody, papers, processes
from app.cases.custody import WHOLE, Interval
from app.cases.processes import projection
from app.cases.processes.act import Act
from app.ops import setup
from tests.app.cases.custody.histories import WHY, Broken, History
from tests.app.mailroom.noticed import LEGAL, observe
from tests.app.walk import Walk, sample_pdf
from tests.conftest import Clock
from workflows.instance import Instance

ACTS = 45
#: Acts on a legal notice, without an answer to its step.
ABOUT_NOTICES = ("send", "notify", "suspend", "resume", "stick", "retry", "decree", "wake")


@pytest.fixture
def history(walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Callable[..., History]:
    """Make a history from a seed, and from the way its first case starts."""
    broken = {"papers": False, "engine": False}
    advance = Instance.advance

    def render(*_: object) -> bytes:
        return out_of_ink() if broken["papers"] else sample_pdf()

    def advance_or_not(self: Instance, perform: Callable[[str], str]) -> object:
        if broken["engine"]:
            raise Broken("the engine is stuck")
        return advance(self, perform)

    monkeypatch.setattr(papers, "render", render)
    monkeypatch.setattr(Instance, "advance", advance_or_not)
    return lambda seed, first=None: History(walk, clock, seed, broken, first)


@pytest.mark.guard("histories of many acts are replayed")
@pytest.mark.parametrize("seed", range(6))
def test_in_every_history_the_clocks_agree_with_observation_and_log(
    history: Callable[[int], History], seed: int
):
    replayed = history(seed)
    for _ in range(ACTS):
        replayed.go_on()
        agree(replayed)


@pytest.mark.nightly
@pytest.mark.parametrize("step", LEGAL)
@pytest.mark.parametrize("seed", range(3))
def test_the_same_holds_for_every_fate_of_a_legal_notice(
    history: Callable[..., History], walk: Walk, seed: int, step: str
):
    replayed = history(seed, lambda: observe(walk, step))
    for number in range(28):
        replayed.go_on(ABOUT_NOTICES if number < 20 else ())
        agree(replayed)


def agree(replayed: History) -> None:
    """Compare the clocks of all cases of a history with the observed states, and with the log."""
    with replayed.walk.writing() as session:
        now, story = calendar.now(), "\n".join(replayed.acts)
        query = select(ProcessInstance).where(ProcessInstance.process == "onboarding")
        rows = session.scalars(query).all()
        found = custody.clocks_of(session, rows, now)
        for row in rows:
            clocks, working = found[row.id], calendar.calendar_of(session, row.entity)
            days = replayed.counted(row.id, working, now)
            seen = {stage: dict(Counter(days[stage])) for stage in days.keys() - row.validated}
            counted = {stage: dict(of_stage) for stage, of_stage in clocks.stages.items()}
            assert {stage: of for stage, of in counted.items() if of} == seen, story
            whole = working.ended_between(row.started_at, row.ended_at or now)
            validated = sum(len(days.get(stage, ())) for stage in row.validated)
            assert clocks.total == sum(clocks.parties.values()) == whole - validated, story
            assert not custody.rebuild(session, row), story
        session.rollback()


# Handing over ---------------------------------------------------------------------------------


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(5))
def test_handing_over_act_by_act_gives_what_all_acts_together_give(
    walk: Walk, clock: Clock, seed: int
):
    """This also holds if the clock stands still, or goes back a little."""
    random = Random(seed)
    walk.begin()
    with walk.writing() as session:
        row = walk.instance(session)
        changes = [(row.started_at, row.stage, row.holder)]
        for _ in range(120):
            clock.forward(hours=random.choice((0, 0, 0, 1, 7, 30, -2)))
            stage, was_in = random.choice(("designation", "designation", "induction")), row.stage
            party = random.choice(("entity", "sip", "date"))
            row.stage = stage
            custody.hand_over(session, row, was_in, party, clock.moment)
            session.flush()
            changes.append((clock.moment, stage, party))
        course = custody.timeline(changes)
        (found,) = custody.intervals(session, [row], clock.moment).values()
        ends = [*(later.at for later in course[1:]), max(clock.moment, course[-1].at)]
        assert found == [
            Interval(one.stage, one.party, one.at, end)
            for one, end in zip(course, ends, strict=True)
        ]


def test_an_interval_that_was_never_there_leaves_the_one_before_it_whole(begun: Walk, clock: Clock):
    began = clock.moment
    clock.forward(days=2)
    begun.act(processes.suspend, WHY)
    begun.act(processes.resume, WHY)
    row = begun.row()
    assert (row.holder, row.holder_since_at) == ("entity", began)
    assert past(begun) == []


def past(walk: Walk) -> list[tuple[str, str]]:
    """Return the stages and parties of the closed intervals."""
    with walk.reading() as session:
        query = select(Holding.stage, Holding.party).where(Holding.instance_id == walk.id)
        return [(one.stage, one.party) for one in session.execute(query.order_by(Holding.since_at))]


# Failures -------------------------------------------------------------------------------------


@pytest.fixture
def stuck(walk: Walk, clock: Clock) -> Walk:
    """Return a case that could not be woken on its third day."""
    walk.begin()
    clock.forward(days=2)
    walk.commit(processes.rest, walk.id, RuntimeError("the diagram is broken"))
    return walk


def test_a_case_that_cannot_go_on_is_in_the_hands_of_who_runs_the_system(stuck: Walk, clock: Clock):
    assert stuck.row().holder == "sgtd"
    assert past(stuck) == [("designation", "entity")]
    clock.forward(days=2)
    with stuck.writing() as session:
        row = stuck.instance(session)
        days = custody.clocks_of(session, [row], clock.moment)[row.id].parties
        assert (days["entity"], days["sgtd"]) == (2, 2)
        assert not custody.rebuild(session, row)


@pytest.mark.parametrize("order", [1, -1])
def test_of_tasks_that_open_together_the_first_of_the_log_decides(
    walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch, order: int
):
    """The engine lists them in the order of its tree, which is another one."""
    listed = Instance.open_tasks
    monkeypatch.setattr(Instance, "open_tasks", lambda self: listed(self)[::order])
    walk.begin_at("induction")
    for topic in ("thematic", "technical"):
        walk.answer(f"choose_{topic}_session", "none_suits")
        walk.answer(f"schedule_{topic}_induction")
    clock.forward(days=40)
    walk.tick()
    with walk.writing() as session:
        row = walk.instance(session)
        assert row.holder in ("sip", "sgtd")
        assert not custody.rebuild(session, row)


def test_what_is_over_does_not_rest(begun: Walk):
    begun.act(processes.cancel, WHY)
    begun.commit(processes.rest, begun.id, RuntimeError("too late"))
    assert begun.incidents() == []
    assert begun.row().holder == ""


def test_it_is_noted_once_however_often_it_is_tried_until_an_answer_shows_that_it_goes_on(
    stuck: Walk,
):
    stuck.commit(processes.rest, stuck.id, RuntimeError("it is still broken"))
    (incident,) = stuck.incidents()
    assert (incident.element, incident.attempts) == (WHOLE, 2)
    assert "still broken" in incident.traceback
    assert stuck.log().count("incident.raised") == 1
    task = stuck.task("designate_administrator")
    stuck.act(processes.extend, 5, WHY, on=task.id)
    assert stuck.row().holder == "sgtd", "more time for a step is no sign"
    stuck.answer("designate_administrator")
    assert stuck.incidents()[0].resolved_at is not None
    assert stuck.row().holder == "entity"
    assert stuck.row().wake_at == min(stuck.waiting().values())


def out_of_ink(*_: object) -> bytes:
    raise Broken("the press is out of ink")


def test_a_service_task_that_was_left_is_not_tried_for_ever(
    walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    walk.begin()
    walk.answer("designate_administrator")
    monkeypatch.setattr(papers, "render", out_of_ink)
    walk.answer("list_personnel")
    assert walk.row().holder == "sgtd", "nobody but the system has anything to do"
    walk.act(processes.send_back, "list_personnel", WHY)
    assert [incident.resolved_at for incident in walk.incidents()] == [clock.moment]
    assert walk.row().holder == "entity"
    clock.forward(minutes=2)
    assert walk.tick() == 0


@pytest.mark.nightly
def test_a_letter_that_cannot_be_made_says_nothing_of_the_path(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    """Check that a case still waits for its date: the follow-up is a side process."""
    walk.begin_at("production")
    walk.answer("load_production_personnel")
    assert walk.row().holder == "date"
    with walk.writing() as session:
        act = Act.hold(session, walk.id, None)
        monkeypatch.setattr(act.engine, "position", lambda: ["issue_letter"])
        act._note_incident("issue_letter", Broken("the press is out of ink"))
        projection.save(act)
        row = walk.instance(session)
        assert row.holder == "date"
        assert not custody.rebuild(session, row)


# Rebuilt from the log -------------------------------------------------------------------------


@pytest.fixture
def travelled(walk: Walk, clock: Clock) -> Walk:
    """Return a case that several parties held, some days each."""
    walk.begin()
    for step in ("designate_administrator", "list_personnel", "file_designation"):
        clock.forward(days=1, hours=3)
        walk.answer(step)
    clock.forward(days=3)
    walk.answer("record_reception", "received")
    clock.forward(days=4)
    walk.act(processes.suspend, WHY)
    clock.forward(days=7)
    return walk


def stored(session: Session) -> list[tuple[object, ...]]:
    """Return the stored intervals of all cases."""
    query = select(Holding.stage, Holding.party, Holding.since_at, Holding.until_at)
    query = query.order_by(Holding.instance_id, Holding.since_at)
    running = select(ProcessInstance.holder, ProcessInstance.holder_since_at)
    running = running.order_by(ProcessInstance.id)
    return [tuple(one) for one in (*session.execute(query), *session.execute(running))]


@pytest.mark.nightly
@pytest.mark.parametrize("damage", ["an interval is gone", "one is another's", "nobody has it"])
def test_what_is_damaged_is_made_again(travelled: Walk, damage: str):
    with travelled.writing() as session:
        before = stored(session)
        if damage == "nobody has it":
            session.execute(update(ProcessInstance).values(holder="", holder_since_at=None))
        elif damage == "an interval is gone":
            session.execute(delete(Holding).where(Holding.party == "mesa_de_partes"))
        else:
            session.execute(update(Holding).where(Holding.party == "sip").values(party="sgtd"))
        assert stored(session) != before
    with travelled.writing() as session:
        row = travelled.instance(session)
        assert custody.rebuild(session, row)
        assert not custody.rebuild(session, row)
    assert travelled.read(stored) == before


@pytest.mark.nightly
def test_the_clocks_of_all_are_made_again_each_by_itself(travelled: Walk):
    for number in (2, 3):
        travelled.begin(code=f"E9000{number}")
    with travelled.writing() as session:
        before = stored(session)
        session.execute(delete(Holding))
        session.execute(update(ProcessInstance).values(holder="", holder_since_at=None))
    assert setup.rebuild_clocks(travelled.app) == (3, 3)
    assert travelled.read(stored) == before
    assert setup.rebuild_clocks(travelled.app) == (0, 3)
