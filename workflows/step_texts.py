"""Describe a process in Spanish as it is drawn: every step, what follows it, and when.

The words come from the diagrams: names of steps and events, questions and answers of gateways.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from workflows.definition import Definition
from workflows.drawing import Node
from workflows.paths import Stop, Way, stops_of

#: The prefix of what is not a person's step, by BPMN tag.
PREFIXES = {
    "serviceTask": "el sistema hace ",
    "callActivity": "empieza ",
    "intermediateCatchEvent": "se espera ",
}


@dataclass(frozen=True)
class Follows:
    """The stop after a step on one path: `¿Conforme? Se observa: vuelve a «Realizar la prueba».`"""

    #: The question and its answer, or what happens meanwhile; "" without a question.
    when: str
    #: Where it leads.
    then: str

    def __str__(self) -> str:
        said = f"{self.when}: {self.then}." if self.when else f"{self.then}."
        return f"{said[:1].upper()}{said[1:]}"


@dataclass(frozen=True)
class StepText:
    """The text of a step, an event or a called process."""

    id: str
    #: The BPMN tag: "userTask", "endEvent" …
    kind: str
    name: str
    #: The lane's name; "" where no lanes are drawn.
    lane: str
    #: Position from 1; parallel branches come one after the other.
    order: int
    #: Whether it lies on the path on which nothing goes wrong.
    main: bool
    #: The next stops, one entry per path.
    follows: tuple[Follows, ...]

    @property
    def text(self) -> str:
        """The whole text: `«Revisar la prueba» (Secretaría …). ¿Conforme? Sí: termina con …`"""
        said = f"{PREFIXES.get(self.kind, '')}«{self.name}»"
        head = f"{said[:1].upper()}{said[1:]}{f' ({self.lane})' if self.lane else ''}."
        return " ".join([head, *self.ways])

    @property
    def ways(self) -> tuple[str, ...]:
        """The next stops, a sentence per path; each question appears once."""
        return tuple(_without_repeats(self.follows))


def _without_repeats(follows: Iterable[Follows]) -> Iterator[str]:
    """Yield paths in words; a question with several answers stands before the first one only."""
    previous = ""
    for one in follows:
        question, mark, answer = one.when.partition("? ")
        known = mark and question == previous
        yield str(Follows(answer, one.then) if known else one)
        previous = question if mark else ""


def steps_of(definition: Definition, process: str, purpose: str = "") -> tuple[StepText, ...]:
    """Return everything drawn in a process, in order, with what follows on which condition.

    Paths that only another `purpose` would open are left out; with "" none are. Raises KeyError for
    a process that is not drawn.
    """
    stops = {stop.node.id: stop for stop in stops_of(definition, process, purpose)}
    return tuple(
        StepText(
            id=key,
            kind=stop.node.kind,
            name=definition.element_name(key),
            lane=stop.node.lane,
            order=stop.order,
            main=stop.main,
            follows=tuple(_follows(stop, stops)),
        )
        for key, stop in stops.items()
    )


def _follows(stop: Stop, stops: Mapping[str, Stop]) -> Iterator[Follows]:
    if stop.node.kind == "endEvent":
        yield Follows("", "aquí termina")
    if stop.node.is_event_sub_process:
        for one in stops.values():
            if one.node.container == stop.node.id and one.node.kind == "startEvent":
                yield Follows(
                    f"Cuando ocurre «{one.node.name}»", "empieza al lado, sin detener lo demás"
                )
    branches = [_named(stops[way.to].node) for way in stop.ways if way.splits]
    if branches:
        yield Follows("", f"siguen a la vez {' y '.join(branches)}")
    for way in sorted(stop.ways, key=lambda way: way.back):  # paths that lead forward come first
        if not way.splits:
            yield _way(way, stops)
    for key in stop.events:
        for way in stops[key].ways:
            then = _way(way, stops)
            when = f"Si antes ocurre «{stops[key].node.name}»"
            yield Follows(f"{when}. {then.when}" if then.when else when, then.then)


def _way(way: Way, stops: Mapping[str, Stop]) -> Follows:
    answers = (" ".join(part for part in pair if part) for pair in way.answers)
    when = ". ".join(answers)
    if way.skips:
        when = "Si ya está convalidada, se salta"
    then = _where(stops[way.to].node, back=way.back)
    return Follows(when, f"cuando también llega lo demás, {then}" if way.joins else then)


def _where(node: Node, *, back: bool) -> str:
    if node.kind == "endEvent":
        return f"termina con {_named(node)}"
    said = f"{PREFIXES.get(node.kind, '')}{_named(node)}"
    if node.kind == "userTask":
        return f"vuelve a {said}" if back else f"sigue {said}"
    return f"otra vez {said}" if back else said


def _named(node: Node) -> str:
    return f"«{node.name}»"
