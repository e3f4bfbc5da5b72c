"""Move a running instance to another version of the diagrams.

A function of bytes: no database, no clock, no service task, no step of the engine. What happened
stays: every finished row and every outcome keeps its place. What was predicted is predicted anew on
the new version. Where the case stands must be a marking that the new version's own play visits;
otherwise people decide where it continues (ADR 0100).
"""

from dataclasses import dataclass
from typing import Literal

from SpiffWorkflow.util.task import TaskState

from workflows import state
from workflows.definition import Definition
from workflows.engine import ScriptEngine
from workflows.migration import plans
from workflows.migration import rows as stored
from workflows.migration.changes import LEAVE as LEAVE
from workflows.migration.changes import STAY as STAY
from workflows.migration.changes import CannotMigrate as CannotMigrate
from workflows.migration.changes import Change as Change
from workflows.migration.changes import Choices as Choices
from workflows.migration.changes import Dates as Dates
from workflows.migration.changes import NotYet as NotYet
from workflows.migration.changes import Option as Option
from workflows.migration.changes import Question as Question
from workflows.migration.changes import Stays as Stays
from workflows.migration.changes import Undecided as Undecided
from workflows.migration.grafting import Graft
from workflows.migration.rows import Row, Rows, RunningProcess
from workflows.migration.standing import Standing, standing
from workflows.migration.verdicts import changes_of, passed_in_ended
from workflows.migration.ways_back import close_ways_back, forget_joins_ahead

VerdictKind = Literal["passes", "changes", "undecided", "not_yet", "cannot", "stays"]


@dataclass(frozen=True)
class Migrated:
    """The state on the new version, and what changed for the case."""

    state: bytes
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Verdict:
    """Whether a case can move to a version.

    - passes: nothing changes for it; changes: with `changes`. Both have the new `state`.
    - undecided: `questions` must be answered first.
    - not_yet: the system has something to do at `element`.
    - cannot: because of `reason`, at `element`.
    - stays: the choices say that it stays on its version.
    """

    kind: VerdictKind
    state: bytes | None = None
    changes: tuple[Change, ...] = ()
    questions: tuple[Question, ...] = ()
    element: str = ""
    reason: str = ""


def judge(data: bytes, old: Definition, new: Definition, choices: Choices) -> Verdict:
    """Return whether and how an instance can move. Raises nothing for any state."""
    try:
        moved = migrate(data, old, new, choices)
    except Undecided as error:
        return Verdict("undecided", questions=error.questions)
    except Stays:
        return Verdict("stays")
    except NotYet as error:
        return Verdict("not_yet", element=error.element)
    except CannotMigrate as error:
        return Verdict("cannot", element=error.element, reason=error.reason)
    except state.UnknownState as error:
        return Verdict("cannot", reason=str(error))
    kind: VerdictKind = "changes" if moved.changes else "passes"
    return Verdict(kind, moved.state, moved.changes)


def migrate(data: bytes, old: Definition, new: Definition, choices: Choices) -> Migrated:
    """Return the state of an instance on another version.

    Raises UnknownState, NotYet, CannotMigrate, Stays if an answer says so, and Undecided with the
    questions that have no answer.
    """
    rows = stored.read(data, old)
    graft = Graft(rows, old, new, choices.dates)
    graft.end_event_sub_processes()
    places = [(one, standing(one, old, new)) for one in rows.live_processes()]
    answers = _answers(places, choices)
    notes = list(passed_in_ended(rows, old, new))
    stands: list[tuple[RunningProcess, dict[str, Row]]] = []
    for (process, place), begun in zip(places, answers, strict=True):
        for token in place.lost:
            graft.leave(process, token)
        for token, flow in place.moved.items():
            graft.join(process, token, flow)
        held = {key: token.row for key, token in place.held.items()}
        for element in begun:
            key = plans.flow_into(new, process.id, element)
            held[key] = graft.begin(process, element, place.lost)
        forget_joins_ahead(process, held, new)
        stands.append((process, held))
        notes += changes_of(rows, process, place.staying, begun, old, new)
    for process, _ in stands:
        graft.set_events(process)
        graft.rename_starts(process)
        graft.add_event_sub_processes(process)
        graft.move_timers(process)
    graft.keep_names()
    for process, held in stands:
        close_ways_back(rows, process, held, new)
    return Migrated(_predicted(rows, new), (*graft.changes, *notes))


def _answers(
    places: list[tuple[RunningProcess, Standing]], choices: Choices
) -> list[tuple[str, ...]]:
    """Return the elements at which each running process continues; two may be of the same id.

    Raises Stays, Undecided, and CannotMigrate for an answer that is not offered.
    """
    open_questions: list[Question] = []
    answers: list[tuple[str, ...]] = []
    for _, place in places:
        question = place.question
        answer = None if question is None else choices.places.get(question.id)
        if question is None:
            answers.append(())
        elif answer is None:
            open_questions.append(question)
        elif answer == STAY:
            raise Stays
        else:
            answers.append(_offered(question, answer))
    if open_questions:
        raise Undecided(tuple(dict.fromkeys(open_questions)))
    return answers


def _offered(question: Question, answer: str) -> tuple[str, ...]:
    for option in question.options:
        if option.id == answer:
            return option.elements
    raise CannotMigrate("the answer is not one of the options", answer)


def _predicted(rows: Rows, new: Definition) -> bytes:
    """Return the state with the engine's predictions on the version. Raises UnknownState."""
    document = stored.written(rows)
    running = state.build(document, new.specs, lambda outcomes: ScriptEngine(lambda task: {}))
    mask = TaskState.PREDICTED_MASK | TaskState.FUTURE
    live = [t for t in running.workflow.all_tasks() if t.state & stored.LIVE]
    for task in live:
        task.task_spec._predict(task, mask=mask | task.state)
    return state.dump(running)
