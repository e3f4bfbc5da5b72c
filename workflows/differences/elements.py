"""Differences of elements: added, removed, and what changed of those that both versions have."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.differences import words
from workflows.differences.kinds import Difference, Kind, Touch
from workflows.differences.version import Version
from workflows.drawing import Node

NOTHING: frozenset[Touch] = frozenset()


def added(new: Version, node: Node) -> Difference:
    """Return that an element is new; a new step that decides, or has a legal term, touches that."""
    lane = f" ({node.lane})" if node.lane else ""
    what = f"Se agrega {new.named(node)}{lane}{new.before(node.id)}"
    when = f": {words.timer(node.timer, new.definition)}" if node.timer else ""
    return Difference(
        "added", node.process, node.id, f"{what}{when}{_interrupts(node)}.", _touched(new, node)
    )


def removed(old: Version, node: Node) -> Difference:
    """Return that an element is gone."""
    lane = f" ({node.lane})" if node.lane else ""
    sentence = f"Se quita {old.named(node)}{lane}{old.before(node.id)}."
    return Difference("removed", node.process, node.id, sentence, _touched(old, node))


def _interrupts(node: Node) -> str:
    if node.kind != "boundaryEvent":
        return ""
    return "; interrumpe el paso" if node.interrupts else "; el paso sigue abierto"


def _touched(version: Version, node: Node) -> frozenset[Touch]:
    touches: set[Touch] = set()
    if node.id in version.deciding:
        touches.add("decision")
    if node.timer and version.is_legal(node.attached_to):
        touches.add("legal_term")
    return frozenset(touches)


def changed(old: Version, new: Version, before: Node, after: Node) -> Iterator[Difference]:
    """Yield what changed of an element that both versions have."""
    name = new.named(after)

    def differs(
        kind: Kind, sentence: str, touches: frozenset[Touch] = NOTHING
    ) -> Iterator[Difference]:
        yield Difference(kind, after.process, after.id, sentence, touches)

    said = _capital(name)
    if before.kind != after.kind:
        touches: frozenset[Touch] = frozenset(
            {"decision"} if after.id in old.deciding | new.deciding else set()
        )
        was, now_is = words.kind(before), words.kind(after)
        yield from differs(
            "changed", f"{_capital(new.quoted(after))} era {was} y pasa a ser {now_is}.", touches
        )
    if before.name != after.name:
        yield from differs("renamed", _renamed(old, before, after))
    if before.lane != after.lane:
        yield from _lane(old, new, before, after)
    if (before.process, before.container) != (after.process, after.container):
        place = new.definition.element_name(after.container)
        origin = old.definition.element_name(before.container)
        yield from differs("moved", f"{said} pasa de «{origin}» a «{place}».")
    if before.called != after.called:
        was, now_is = (
            v.definition.element_name(n.called) for v, n in ((old, before), (new, after))
        )
        yield from differs("changed", f"{said} llamaba a «{was}» y ahora llama a «{now_is}».")
    if before.attached_to != after.attached_to:
        was, now_is = (
            v.definition.element_name(n.attached_to) for v, n in ((old, before), (new, after))
        )
        yield from differs("moved", f"{said} estaba sobre «{was}» y ahora está sobre «{now_is}».")
    yield from _event(old, new, before, after)


def _renamed(old: Version, before: Node, after: Node) -> str:
    kind = words.kind(after)
    said = _capital(kind)
    if not before.name:
        return f"{_capital(old.named(before))} no tenía nombre y ahora se llama «{after.name}»."
    if not after.name:
        return f"{said} «{before.name}» ya no tiene nombre."
    return f"{said} «{before.name}» pasa a llamarse «{after.name}»."


def _lane(old: Version, new: Version, before: Node, after: Node) -> Iterator[Difference]:
    """Yield that an element is in another lane; who does a step is what a lane says."""
    touches: set[Touch] = set()
    if "userTask" in (before.kind, after.kind):
        touches.add("lane")
        if after.id in old.deciding | new.deciding:
            touches.add("decision")
    name = _capital(new.named(after))
    was, now_is = (f"«{node.lane}»" if node.lane else "ningún carril" for node in (before, after))
    sentence = f"{name} pasa de {was} a {now_is}."
    yield Difference("lane", after.process, after.id, sentence, frozenset(touches))


def _event(old: Version, new: Version, before: Node, after: Node) -> Iterator[Difference]:
    """Yield what changed of an event: its timer, its message, whether it interrupts or ends all."""
    said = _unique(new, after)
    host = after.attached_to or before.attached_to
    legal = old.is_legal(host) or new.is_legal(host)
    touches: frozenset[Touch] = frozenset({"legal_term"} if legal else set())

    def differs(
        kind: Kind, sentence: str, touches: frozenset[Touch] = NOTHING
    ) -> Iterator[Difference]:
        yield Difference(kind, after.process, after.id, sentence, touches)

    if before.timer != after.timer:
        was, now_is = (
            words.timer(n.timer, v.definition) if n.timer else "sin fecha"
            for n, v in ((before, old), (after, new))
        )
        yield from differs("timer", f"{said} ocurría {was} y ahora ocurre {now_is}.", touches)
    if _leaves_running(before) != _leaves_running(after):
        how = "ya no interrumpe" if _leaves_running(after) else "ahora interrumpe"
        host_name = new.definition.element_name(host or after.container)
        yield from differs("changed", f"{said} {how} «{host_name}».", touches)
    heard = [v.messages.get(n.message, n.message) for v, n in ((old, before), (new, after))]
    if heard[0] != heard[1]:
        yield from differs(
            "changed", f"{said} esperaba el mensaje «{heard[0]}» y ahora espera «{heard[1]}»."
        )
    ends = ["terminate" in node.events for node in (before, after)]
    if ends[0] != ends[1]:
        how = "ahora termina todo el proceso" if ends[1] else "ya no termina lo que corre al lado"
        yield from differs("changed", f"{said} {how}.")


def _unique(version: Version, node: Node) -> str:
    """Return the name of an element; with what comes before it, if others have the same name."""
    same = [one for one in version.nodes.values() if one.name and one.name == node.name]
    name = version.quoted(node)
    before = version.before(node.id) if len(same) > 1 else ""
    return f"{name}{before}," if before else name


def _leaves_running(node: Node) -> bool:
    """Return whether an event leaves its host, or the process around it, running."""
    return "false" in (node.xml.get("cancelActivity"), node.xml.get("isInterrupting"))


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
