"""The nodes of a diagram for a case: state, working days, number of visits, people."""

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

#: Outcome → the word at its step, where the state alone says too little.
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
    """A node, as the diagram and the list below it show it."""

    text: StepText
    #: An id of `app.base.formatting.STATES`; "" if there is nothing to show.
    state: str = ""
    #: The state in a word or two.
    word: str = ""
    #: Working days that it took; None if it was never reached or takes no time.
    days: int | None = None
    times: int = 0
    who: tuple[str, ...] = ()
    #: When it was last left, or the set day that it awaits.
    on: date | None = None
    url: str = ""
    #: The target of the link, in words.
    link: str = ""
    #: The working days until its date, in words; "" if it cannot be answered now.
    due: str = ""
    #: Drawn without its word, which would only repeat that the case has not reached it.
    silent: bool = False

    @property
    def kind(self) -> str:
        """The kind of node, for the list."""
        return KINDS.get(self.text.kind, "")

    @property
    def is_open(self) -> bool:
        """Whether the reader may answer its open task."""
        return self.kind == "Paso" and bool(self.url)

    @property
    def took(self) -> str:
        """`3 días hábiles, en 2 veces`; "" for a node that takes no time."""
        if self.days is None:
            return "" if self.times < 2 else formatting.plural(self.times, "vez", "veces")
        lasted = formatting.lasted(self.days)
        if self.times < 2:
            return lasted
        return f"{lasted}, en {formatting.plural(self.times, 'vez', 'veces')}"

    @property
    def mark(self) -> Mark | None:
        """The mark of the node in the diagram; None without a word."""
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
        """All of it in a sentence, for screen readers."""
        state = ", ".join(part for part in (self.word, self.took, self.due) if part)
        first = f"{self.text.name}: {state}" if state else self.text.name
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
    """Return the nodes of a process in order, as a reader may see them."""
    return list(_NodeMaker(view, reader).nodes())


class _NodeMaker:
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
        for text in steps_of(self.view.definition, self.view.process):
            if make := self.ways.get(text.kind):
                node = make(text)
                yield node if names else replace(node, who=())

    def _passages(self, element: str) -> Sequence[Passage]:
        return self.view.course.at(self.view.stage, element)

    def _unreached(self, text: StepText, *, silent: bool = True) -> Node:
        """Return a node that the case has not reached."""
        if self.over:
            return Node(text, "out_of_scope", NOT_NEEDED, silent=silent)
        return Node(text, "not_yet", NOT_YET, silent=silent)

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

    def _step(self, text: StepText) -> Node:
        line, passages = self._line(text), self._passages(text.id)
        if line is None:
            return self._unreached(text, silent=False)
        node = Node(
            text,
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

    def _line(self, text: StepText) -> StepLine | None:
        """Return the line of a step; None if it never opened and is not required."""
        if self.view.process != FOLLOW_UP:
            return self._lines.get(text.id)
        stage = self.view.stage
        came = [t for t in self.view.facts.tasks if (t.stage, t.step) == (stage, text.id)]
        return self._of_follow_up(text, came[-1]) if came else None

    def _of_follow_up(self, text: StepText, task: Task) -> StepLine:
        if task.state == "open":
            state = states.state_of(task, has_draft=task.id in self.view.facts.drafts)
            return StepLine(text.id, text.name, state, text.lane, task)
        state = "cancelled" if task.state == "cancelled" else states.state_after(task)
        on = calendar.lima_day(task.closed_at) if task.closed_at else None
        return StepLine(text.id, text.name, state, text.lane, task, on)

    def _service(self, text: StepText) -> Node:
        failed = [one for one in self.view.facts.incidents if one.element == text.id]
        if failed:
            on = calendar.lima_day(failed[0].happened_at)
            return Node(text, "not_presented", "Falló", on=on)
        passages = self._passages(text.id)
        if not passages:
            return self._unreached(text, silent=False)
        on = calendar.lima_day(passages[-1].since_at)
        return Node(text, "accepted", "Hecho", times=len(passages), on=on)

    # Processes that are drawn elsewhere

    def _call(self, text: StepText) -> Node:
        called = self.drawn[text.id].called
        if called == FOLLOW_UP:
            return self._follow_up(text)
        view, url = self.view, self.view.url(called)
        if line := view.stages.get(called):
            word = NOT_YET if line.state == "not_yet" else STATES[line.state]
            days = sum(view.clocks.stages.get(called, {}).values())
            known = called in view.clocks.stages and line.state != "validated"
            node = Node(text, line.state, word, days if known else None, on=line.on)
        else:
            row = view.row
            days = view.course.days([Passage(row.started_at, row.ended_at)])
            state = "cancelled" if row.status == "cancelled" else "accepted"
            node = Node(text, state if row.ended_at else "pending", "", days)
            node = replace(node, word=STATES[node.state])
        return replace(node, url=url, link="Ver su diagrama")

    def _follow_up(self, text: StepText) -> Node:
        view = self.view
        begun = self._passages(f"{view.stage}_overdue")
        if not begun:
            return self._unreached(text, silent=False)
        ends = self._passages(text.id)
        ended_at = ends[-1].since_at if ends else view.course.left_at.get(view.stage)
        over = ended_at is not None and (self.over or bool(ends))
        days = view.course.days([Passage(begun[-1].since_at, ended_at if over else None)])
        state, word = ("accepted", "Terminó") if over else ("draft", STATES["draft"])
        on = calendar.lima_day(ended_at) if over and ended_at else None
        url = view.url(FOLLOW_UP, view.stage)
        return Node(text, state, word, days, 1, on=on, url=url, link="Ver su diagrama")

    # Events

    def _start(self, text: StepText) -> Node:
        passages = self._passages(text.id)
        if passages:
            on = calendar.lima_day(passages[-1].since_at)
            return Node(text, "accepted", "Llegó", on=on)
        if self.drawn[text.id].timer:
            return self._unreached(text)
        return Node(text)

    def _catch(self, text: StepText) -> Node:
        view = self.view
        named = {
            one.timer: one.day
            for one in paths.set_days(view.definition, view.process, view.row.process)
        }
        passages = self._passages(text.id)
        for wait in view.facts.waits:
            here = view.stage in ("", view.row.stage)
            if here and not self.over and wait.day == named.get(text.id):
                since = view.course.waited_since(view.stage, text.id, view.course.now)
                passages = [*passages, Passage(since, None)]
                on = calendar.lima_day(wait.at) if wait.at else None
                days = view.course.days(passages)
                return Node(text, "awaiting_date", "En espera", days, len(passages), on=on)
        if not passages:
            return self._unreached(text)
        on = calendar.lima_day(passages[-1].until_at or view.course.now)
        days = view.course.days(passages)
        return Node(text, "accepted", "Llegó", days, len(passages), on=on)

    def _boundary(self, text: StepText) -> Node:
        host, view = self.drawn[text.id].attached_to, self.view
        called = self.drawn[host].called
        if called:
            if called not in view.course.left_by_validation or called not in view.row.validated:
                return self._unreached(text)
            return Node(
                text, "validated", "Ocurrió", on=calendar.lima_day(view.course.left_at[called])
            )
        lapsed = [
            task
            for task in view.facts.tasks
            if (task.stage, task.step, task.state) == (view.stage, host, "lapsed")
        ]
        if not lapsed:
            return self._unreached(text)
        closed = lapsed[-1].closed_at
        on = calendar.lima_day(closed) if closed else None
        return Node(text, "lapsed", "Venció", times=len(lapsed), on=on)

    def _end(self, text: StepText) -> Node:
        if not self._ended_at(text.id):
            return self._unreached(text)
        out = text.name == "No corresponde"
        return Node(text, "out_of_scope" if out else "accepted", "Aquí terminó")

    def _ended_at(self, element: str) -> bool:
        """Return whether the process reached this end. The log has no ends of stages: a stage
        reached its good end, unless the whole process ended there."""
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
    """Return the state of a step, in a word or two."""
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
