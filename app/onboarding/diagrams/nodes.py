"""What a case says at each node of a diagram: state, working days, how often, by whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from flask import url_for

from app.base import calendar, formatting
from app.base.formatting import STATES
from app.base.models import Task, User
from app.cases.status import StepLine, due, states, steps_in
from app.onboarding.diagrams.course import Passage
from app.onboarding.diagrams.view import FOLLOW_UP, View
from app.people import access
from workflows import paths
from workflows.diagram import Mark
from workflows.step_texts import StepText, steps_of

#: How an answer is told at its step, where its state alone says too little.
ANSWERED: Mapping[str, str] = {
    "lapsed": "Venció el plazo",
    "returned": "Devuelto",
    "return_enabling": "Devuelto",
    "return_definition": "Devuelto",
    "return_training": "Devuelto",
    "none_suits": "Ninguna conviene",
    "absent": "No asistió",
    "retry": "Se repite",
    "not_filed": "No consta",
    "not_reached": "No contestó",
    "no_agreement": "Sin acuerdo",
    "incomplete": "Faltan",
}
NOT_YET, NOT_NEEDED = "Todavía no", "No hizo falta"


@dataclass(frozen=True)
class Node:
    """A node as the diagram and the list beside it tell it."""

    told: StepText
    #: An id of `app.base.formatting.STATES`; "" where nothing is known or to be said.
    state: str = ""
    #: The state in a word or two.
    word: str = ""
    #: Working days that it took; None where it was never reached, or takes no time.
    days: int | None = None
    times: int = 0
    who: tuple[str, ...] = ()
    #: When it was last left, or the set day that it waits for.
    on: date | None = None
    url: str = ""
    #: What the link is for, in words.
    link: str = ""
    #: How far its date is, in words; "" where nobody can answer it now.
    due: str = ""
    #: Drawn without its word: it would only repeat that the case has not come there.
    silent: bool = False

    @property
    def kind(self) -> str:
        """What it is, for the list."""
        return KINDS.get(self.told.kind, "")

    @property
    def is_open(self) -> bool:
        """Whether the reader may answer its open task."""
        return self.kind == "Paso" and bool(self.url)

    @property
    def took(self) -> str:
        """`3 días hábiles, en 2 veces`; "" for what takes no time."""
        if self.days is None:
            return "" if self.times < 2 else formatting.plural(self.times, "vez", "veces")
        said = formatting.lasted(self.days)
        return (
            f"{said}, en {formatting.plural(self.times, 'vez', 'veces')}"
            if self.times > 1
            else said
        )

    @property
    def mark(self) -> Mark | None:
        """What the diagram says at it."""
        if not self.word or self.silent:
            return None
        parts = [self.word]
        if self.days:
            parts.append(formatting.plural(self.days, "día", "días"))
        if self.times > 1:
            parts.append(formatting.plural(self.times, "vez", "veces"))
        return Mark(self.state, " · ".join(parts), self.url, self.sentence)

    @property
    def sentence(self) -> str:
        """All of it, for a screen reader."""
        said = ", ".join(part for part in (self.word, self.took, self.due) if part)
        first = f"{self.told.name}: {said}" if said else self.told.name
        parts = [part for part in (first, formatting.listed(list(self.who)), self.link) if part]
        return f"{'. '.join(parts)}."


KINDS: Mapping[str, str] = {
    "userTask": "Paso",
    "serviceTask": "Lo hace el sistema",
    "callActivity": "Tiene su propio diagrama",
    "startEvent": "Inicio",
    "intermediateCatchEvent": "Espera",
    "boundaryEvent": "Puede ocurrir",
    "endEvent": "Final",
}


def nodes(view: View, reader: User | None) -> list[Node]:
    """The nodes of a process in their order, as a reader sees them."""
    return list(_Teller(view, reader).nodes())


class _Teller:
    def __init__(self, view: View, reader: User | None) -> None:
        self.view = view
        self.reader = reader
        self.over = view.is_over
        self.ways: Mapping[str, Callable[[StepText], Node]] = {
            "userTask": self._step,
            "serviceTask": self._service,
            "callActivity": self._call,
            "startEvent": self._start,
            "intermediateCatchEvent": self._catch,
            "boundaryEvent": self._boundary,
            "endEvent": self._end,
        }
        self.drawn = {
            node.id: node for drawing in view.definition.drawings for node in drawing.nodes
        }

    def nodes(self) -> Iterator[Node]:
        names = access.may(self.reader, "see_history", self.view.entity)
        for told in steps_of(self.view.definition, self.view.process):
            if tell := self.ways.get(told.kind):
                node = tell(told)
                yield node if names else replace(node, who=())

    def _passages(self, element: str) -> Sequence[Passage]:
        return self.view.course.at(self.view.stage, element)

    def _unreached(self, told: StepText, *, silent: bool = True) -> Node:
        """A node to which the case did not come, and may yet."""
        if self.over:
            return Node(told, "out_of_scope", NOT_NEEDED, silent=silent)
        return Node(told, "not_yet", NOT_YET, silent=silent)

    # Tasks

    @cached_property
    def _lines(self) -> Mapping[str, StepLine]:
        view = self.view
        if view.process in view.stages:
            return {line.id: line for line in view.stages[view.process].steps}
        if view.process == FOLLOW_UP:
            return {}
        return {
            one.id: one for one in steps_in(view.facts, view.process, passed=False, ahead=False)
        }

    def _step(self, told: StepText) -> Node:
        line, passages = self._line(told), self._passages(told.id)
        if line is None:
            return self._unreached(told, silent=False)
        node = Node(
            told,
            line.state,
            _word(line),
            self.view.course.days(passages) if passages else None,
            len(passages),
            tuple(dict.fromkeys(one.who for one in passages if one.who)),
            line.done_on or (calendar.lima_day(line.awaited_at) if line.awaited_at else None),
        )
        if line.task is None or not line.is_open:
            return node
        left, _ = due(line.task, self.view.facts.working, self.view.facts.now)
        node = replace(node, due=formatting.due(left))
        if access.may_answer(self.reader, line.task):
            return replace(
                node, url=url_for("tasks.open_step", task_id=line.task.id), link="Abrir el paso"
            )
        return node

    def _line(self, told: StepText) -> StepLine | None:
        """The state of a step; None where it never came, and need not."""
        if self.view.process != FOLLOW_UP:
            return self._lines.get(told.id)
        stage = self.view.stage
        came = [t for t in self.view.facts.tasks if (t.stage, t.step) == (stage, told.id)]
        return self._of_follow_up(told, came[-1]) if came else None

    def _of_follow_up(self, told: StepText, task: Task) -> StepLine:
        if task.state == "open":
            state = states.state_of(task, has_draft=task.id in self.view.facts.drafts)
            return StepLine(told.id, told.name, state, told.lane, task)
        state = "cancelled" if task.state == "cancelled" else states.state_after(task)
        on = calendar.lima_day(task.closed_at) if task.closed_at else None
        return StepLine(told.id, told.name, state, told.lane, task, on)

    def _service(self, told: StepText) -> Node:
        failed = [one for one in self.view.facts.incidents if one.element == told.id]
        if failed:
            on = calendar.lima_day(failed[0].happened_at)
            return Node(told, "not_presented", "Falló", on=on)
        passages = self._passages(told.id)
        if not passages:
            return self._unreached(told, silent=False)
        on = calendar.lima_day(passages[-1].since_at)
        return Node(told, "accepted", "Hecho", times=len(passages), on=on)

    # Processes that are drawn elsewhere

    def _call(self, told: StepText) -> Node:
        called = self.drawn[told.id].called
        if called == FOLLOW_UP:
            return self._follow_up(told)
        view, url = self.view, self.view.url(called)
        if line := view.stages.get(called):
            word = NOT_YET if line.state == "not_yet" else STATES[line.state]
            days = sum(view.clocks.stages.get(called, {}).values())
            known = called in view.clocks.stages and line.state != "validated"
            node = Node(told, line.state, word, days if known else None, on=line.on)
        else:
            row = view.row
            days = view.course.days([Passage(row.started_at, row.ended_at)])
            state = "cancelled" if row.status == "cancelled" else "accepted"
            node = Node(told, state if row.ended_at else "pending", "", days)
            node = replace(node, word=STATES[node.state])
        return replace(node, url=url, link="Ver su diagrama")

    def _follow_up(self, told: StepText) -> Node:
        view = self.view
        begun = self._passages(f"{view.stage}_overdue")
        if not begun:
            return self._unreached(told, silent=False)
        ends = self._passages(told.id)
        ended_at = ends[-1].since_at if ends else view.course.left_at.get(view.stage)
        over = ended_at is not None and (self.over or bool(ends))
        days = view.course.days([Passage(begun[-1].since_at, ended_at if over else None)])
        state, word = ("accepted", "Terminó") if over else ("draft", STATES["draft"])
        on = calendar.lima_day(ended_at) if over and ended_at else None
        url = view.url(FOLLOW_UP, view.stage)
        return Node(told, state, word, days, 1, on=on, url=url, link="Ver su diagrama")

    # Events

    def _start(self, told: StepText) -> Node:
        passages = self._passages(told.id)
        if passages:
            on = calendar.lima_day(passages[-1].since_at)
            return Node(told, "accepted", "Llegó", on=on)
        if self.drawn[told.id].timer:
            return self._unreached(told)
        return Node(told)

    def _catch(self, told: StepText) -> Node:
        view = self.view
        named = {
            one.timer: one.day
            for one in paths.set_days(view.definition, view.process, view.row.process)
        }
        passages = self._passages(told.id)
        for wait in view.facts.waits:
            here = view.stage in ("", view.row.stage)
            if here and not self.over and wait.day == named.get(told.id):
                since = view.course.waited_since(view.stage, told.id, view.course.now)
                passages = [*passages, Passage(since, None)]
                on = calendar.lima_day(wait.at) if wait.at else None
                days = view.course.days(passages)
                return Node(told, "awaiting_date", "En espera", days, len(passages), on=on)
        if not passages:
            return self._unreached(told)
        on = calendar.lima_day(passages[-1].until_at or view.course.now)
        days = view.course.days(passages)
        return Node(told, "accepted", "Llegó", days, len(passages), on=on)

    def _boundary(self, told: StepText) -> Node:
        host, view = self.drawn[told.id].attached_to, self.view
        called = self.drawn[host].called
        if called:
            if called not in view.course.left_by_validation or called not in view.row.validated:
                return self._unreached(told)
            return Node(
                told, "validated", "Ocurrió", on=calendar.lima_day(view.course.left_at[called])
            )
        lapsed = [
            task
            for task in view.facts.tasks
            if (task.stage, task.step, task.state) == (view.stage, host, "lapsed")
        ]
        if not lapsed:
            return self._unreached(told)
        closed = lapsed[-1].closed_at
        on = calendar.lima_day(closed) if closed else None
        return Node(told, "lapsed", "Venció", times=len(lapsed), on=on)

    def _end(self, told: StepText) -> Node:
        if not self._ended_at(told.id):
            return self._unreached(told)
        out = told.name == "No corresponde"
        return Node(told, "out_of_scope" if out else "accepted", "Aquí terminó")

    def _ended_at(self, element: str) -> bool:
        """Whether the process came to this end. Of a stage, the log tells no end: it is its good
        one, unless the whole ended there."""
        view = self.view
        if view.process == view.row.process:
            return view.row.end == element
        own = self.drawn[element].container == view.process
        if view.process == FOLLOW_UP or not own:
            return view.ended_follow_up
        left = view.stage in view.course.left_at and self.over
        ends_all = view.row.end_name == self.drawn[element].name
        if view.row.process == "onboarding" and view.row.end == "onboarding_out_of_scope":
            last = max(view.course.left_at, key=view.course.left_at.__getitem__, default="")
            if last == view.stage:
                return left and ends_all
        done = element == f"{view.process}_done"
        return left and done and view.stage not in view.course.left_by_validation


def _word(line: StepLine) -> str:
    """The state of a step, in a word or two."""
    task = line.task
    if task is None:
        return {"not_yet": NOT_YET, "out_of_scope": NOT_NEEDED}.get(line.state, STATES[line.state])
    if task.state == "open":
        return STATES[line.state]
    if task.state == "cancelled":
        return "Sin efecto"
    if task.outcome in ANSWERED:
        return ANSWERED[task.outcome]
    if line.state == "accepted" and not states.is_review(task.step):
        return "Hecho"
    return STATES[line.state]
