"""Every way into a step has a text and a state that are right for its readers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import pytest

from app.base.formatting import STATES
from app.base.models import Task
from app.cases import processes
from app.cases.arrivals import ARRIVALS, WAYS, Arrival
from app.cases.records import acceptance
from app.cases.status.states import state_after
from app.onboarding.tasks.loading import TaskPage
from tests.app.cases.reminders.reminded import Days
from tests.app.cases.status.status_texts import states, status_text
from tests.app.walk import BY_LANE, Walk
from tests.conftest import Clock
from tests.workflows import reached, real
from tests.workflows.reached import Place, Step
from workflows.drawing import ENTRY
from workflows.paths import stops_of

#: Ways whose text is only what the returning user typed.
TYPED = {"observed_at_desk", "observed_in_review", "not_attended"}
STAGES = real.definition().stages


def ways(*, ordinary: bool) -> set[tuple[str, str]]:
    """Return the ways into steps by the diagrams: those of the ordinary course, or all others.

    Ordinary ways lead on, to a step of the main path.
    """
    definition = real.definition()
    found = set()
    for process in definition.processes:
        if process == ENTRY:
            continue
        for stop in stops_of(definition, process, "onboarding"):
            main = {one.node.id for one in stops_of(definition, process, "onboarding") if one.main}
            for way in stop.ways:
                leads_on = not way.back and way.to in main and process != "follow_up"
                if way.to in definition.user_tasks and leads_on == ordinary:
                    found.add((stop.node.id, way.to))
    return found


def test_every_way_into_a_step_that_is_not_the_ordinary_one_has_its_words():
    drawn = ways(ordinary=False)
    ordinary_of_follow_up = {
        ("issue_letter", "sign_letter"),
        ("issue_control_notice", "sign_control_notice"),
    }
    assert drawn - WAYS.keys() == ordinary_of_follow_up
    assert not WAYS.keys() - drawn, "words for ways that are not drawn"
    assert not WAYS.keys() & ways(ordinary=True)


@pytest.mark.parametrize(
    "one", [one for one in ARRIVALS.values() if one.id], ids=lambda one: one.id
)
def test_words_are_whole_and_states_are_known(one: Arrival):
    assert one.state in STATES
    assert one.id == "returned" or one.sentence or one.id in TYPED
    assert one.brief or one.id.startswith("follow_up_starts")
    assert not one.brief.endswith(".")
    assert one.sentence[-1:] in ("", ".", ":")


def test_only_those_who_had_a_step_before_have_it_observed_or_not_presented():
    for one in ARRIVALS.values():
        assert one.again or one.state == "pending", one.id


def test_no_two_ways_have_equal_texts_unless_their_readers_see_the_same():
    by_words: dict[tuple[str, str], set[str]] = {}
    for one in ARRIVALS.values():
        by_words.setdefault((one.brief, one.sentence), set()).add(one.id)
    assert [ids for ids in by_words.values() if len(ids) > 1] == []


# In the application ------------------------------------------------------------------------------


def tour(process: str) -> Iterator[tuple[Place, Step, Place]]:
    """Walk through a process on every way of WAYS in it that can be taken in turn."""
    wanted = {way for place in reached.places(process) for way in place.opened if way in WAYS}
    here = reached.places(process)[0]
    while wanted:
        legs = _nearest(here, wanted)
        if legs is None:
            return
        for before, step, after in legs:
            yield before, step, after
            here = after
            wanted -= set(after.opened)


def _nearest(start: Place, wanted: set[tuple[str, str]]) -> list[tuple[Place, Step, Place]] | None:
    queue: deque[tuple[Place, list[tuple[Place, Step, Place]]]] = deque([(start, [])])
    seen = {id(start)}
    while queue:
        here, legs = queue.popleft()
        corrected = any(source.startswith("correct_") for source, _ in here.opened)
        for step, after in here.onward.items():
            if id(after) in seen or (corrected and step.outcome == "observed"):
                continue  # a corrected presentation is not observed again
            seen.add(id(after))
            longer = [*legs, (here, step, after)]
            if wanted.intersection(after.opened):
                return longer
            queue.append((after, longer))
    return None


class Tour:
    """A case of the application that follows a tour."""

    def __init__(self, walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.walk, self.clock = walk, clock
        self.checked = "complete"
        self.answered: set[str] = set()
        monkeypatch.setattr(
            acceptance,
            "missing",
            lambda *_: ["Falta algo."] if self.checked == "incomplete" else [],
        )

    def take(self, step: Step) -> None:
        self.checked = step.checked
        if step.kind == "timer":
            self.clock.set(self.walk.waiting()[step.element])
            self.walk.tick()
        elif step.element == "update_personnel" and step.element in self.answered:
            self.send_as_it_is(step.element)
        else:
            self.walk.answer(step.element, step.outcome)
        self.answered.add(step.element)

    def send_as_it_is(self, step: str) -> None:
        """Send a step with its earlier answer, because its example adds a person only once."""
        with self.walk.writing() as session:
            task = self.walk.find(session, step)
            user = self.walk.user(session, task.role)
            task_page = TaskPage.of(session, task.id, user)
            form = task_page.form
            assert form.validate()
            processes.complete(session, task.id, task_page.step, form, user.id)

    def holds(self, source: str, step: str) -> None:
        """Check that the step shows by which way it came."""
        task, came = self.walk.task(step), WAYS[source, step]
        assert task.state == "open"
        assert task.came_as == came.id
        assert task.reason.startswith(came.sentence)
        assert task.reason, "it says why"
        part = BY_LANE.get(task.role, task.role)
        page = self.walk.browser(part).get(f"/tareas/{task.id}", follow_redirects=True).text
        assert ("Por qué volvió a ti" if came.again else "Por qué te llega") in page
        assert task.reason.splitlines()[0] in page
        looked_at = step.startswith(("review_", "record_", "approve_", "close_", "confirm_"))
        if not looked_at:
            assert states(self.walk, task.process)[step] == came.state
        assert came.brief in status_text(self.walk)
        history = self.walk.browser("sip").get("/entidades/E90001/historial").text
        assert f"{task.name} ({came.brief[:1].lower()}{came.brief[1:]})" in history


@pytest.mark.nightly
@pytest.mark.parametrize("stage", STAGES)
def test_the_people_of_a_step_read_why_it_came_for_every_way(
    walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch, stage: str
):
    there = Tour(walk, clock, monkeypatch)
    walk.begin_at(stage)
    met = set()
    for _, step, after in tour(stage):
        there.take(step)
        for way in after.opened:
            if way in WAYS and way not in met:
                there.holds(*way)
                met.add(way)
    expected = {way for way in WAYS if real.definition().user_tasks[way[1]].process == stage}
    assert met == expected


@pytest.mark.nightly
def test_a_follow_up_says_why_it_asks_again(walk: Walk, clock: Clock):
    walk.begin_at("demo_test")
    clock.forward(days=60)
    walk.tick()
    for _ in range(2):
        walk.answer("call_entity", "not_reached")
        clock.set(walk.waiting()["one_day_passes"])
        walk.tick()
        again = walk.task("call_entity")
        assert (again.came_as, again.state) == ("call_again", "open")
        assert again.reason == "La entidad no contestó la llamada anterior. Llámala otra vez."
    walk.answer("call_entity", "no_agreement")
    assert walk.task("draft_letter").came_as == "letter_due"
    walk.answer("draft_letter")
    walk.answer("sign_letter", "returned")
    assert walk.task("draft_letter").reason.startswith("El Despacho de la Secretaría devolvió")


@pytest.mark.nightly
def test_what_a_timer_opens_in_the_same_act_does_not_get_the_words_of_a_return(
    walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(acceptance, "missing", lambda *_: [])
    walk.begin_at("demo_test")
    walk.answer("run_demo_test")
    walk.answer("validate_demo_results")
    clock.forward(days=60)
    walk.answer("approve_demo_test", "observed")
    assert walk.task("run_demo_test").came_as == "demo_observed"
    follow_ups = [one for one in walk.entries("task.opened") if one.data["process"] == "follow_up"]
    assert [one.data["came_as"][:16] for one in follow_ups] == ["follow_up_starts"]
    for entry in follow_ups:
        task = walk.get(Task, entry.task_id)
        assert task.reason.startswith("La etapa dura más de lo previsto.")
        assert len(task.reason.splitlines()) == 1


@pytest.mark.nightly
def test_a_step_that_came_back_is_mailed_with_its_reason(
    walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(acceptance, "missing", lambda *_: [])
    walk.begin_at("demo_test")
    walk.answer("run_demo_test")
    walk.answer("validate_demo_results")
    walk.answer("approve_demo_test", "observed")
    days = Days(walk, clock)
    clock.forward(days=1)
    days.remind()
    (mail,) = [one for one in walk.mails("digest") if one.user_id == walk.people["administrator"]]
    assert mail.subject.startswith("Volvió un paso: Realizar la prueba en el ambiente demo, ")
    assert "La SGTD observó la prueba. Vence el " in mail.body


# Terms that lapsed -------------------------------------------------------------------------------


#: The steps that a timer ends.
LAPSING = sorted(set(real.definition().hosts.values()) & real.definition().user_tasks.keys())


@pytest.mark.parametrize("step", LAPSING)
def test_only_a_correction_that_lapsed_is_not_presented(step: str):
    after = state_after(Task(step=step, outcome="lapsed"))
    assert after == ("not_presented" if step.startswith("correct_") else "lapsed")


@pytest.mark.nightly
def test_a_session_that_was_not_chosen_in_time_is_no_presentation(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    clock.set(walk.waiting()["choose_thematic_session_lapses"])
    walk.tick()
    assert walk.task("choose_thematic_session").state == "lapsed"
    for role in ("administrator", "sip"):
        page = walk.browser(role).get("/entidades/E90001/tareas").text
        assert "No presentado" not in page
        assert "Venció el plazo" in page
