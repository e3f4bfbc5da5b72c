"""Differences of what follows an element: flows, their answers and conditions, the default."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from workflows.differences import words
from workflows.differences.kinds import Difference, Touch
from workflows.differences.version import Version
from workflows.drawing import Flow, Node

Pair = tuple[Flow, Flow]
#: When two flows out of the same element are one; the first of these that holds counts.
_SAME: Sequence[Callable[[Flow, Flow], bool]] = (
    lambda a, b: a.target == b.target and a.name == b.name,
    lambda a, b: a.id == b.id,
    lambda a, b: a.target == b.target,
    lambda a, b: a.name == b.name,
)


def of_element(old: Version, new: Version, key: str) -> Iterator[Difference]:
    """Yield the differences of the flows that leave an element of the new version."""
    node = new.nodes[key]
    was, now = old.out.get(key, ()), new.out.get(key, ())
    if key not in old.nodes:
        yield from (_follows(new, node, flow, "sigue") for flow in now)
        return
    pairs, gone, come = _paired(was, now)
    consulted = [version.consulted.get(key, frozenset()) for version in (old, new)]
    touches: frozenset[Touch] = frozenset({"decision"} if consulted[0] != consulted[1] else set())
    for before, after in pairs:
        yield from _changed(old, new, node, (before, after), touches)
    for flow in come:
        yield _follows(new, node, flow, "ahora también sigue", touches)
    for flow in gone:
        yield _follows(old, old.nodes[key], flow, "ya no sigue", touches)
    yield from _default(old, new, node)


def _paired(was: Sequence[Flow], now: Sequence[Flow]) -> tuple[list[Pair], list[Flow], list[Flow]]:
    """Return the flows that both versions have, the old ones that are gone, and the new ones.

    A flow is the same if its target and answer are, otherwise its id, its target or its answer: a
    flow that is drawn again has another id.
    """
    gone, come, pairs = list(was), list(now), list[Pair]()
    for same in _SAME:
        for before in list(gone):
            after = next((one for one in come if same(before, one)), None)
            if after is not None:
                pairs.append((before, after))
                gone.remove(before)
                come.remove(after)
    order = {flow.id: place for place, flow in enumerate(now)}
    return sorted(pairs, key=lambda pair: order[pair[1].id]), gone, come


def _changed(
    old: Version, new: Version, node: Node, pair: Pair, touches: frozenset[Touch]
) -> Iterator[Difference]:
    before, after = pair
    if before.name != after.name:
        sentence = f"En {new.quoted(node)}, la respuesta {_answer(before)} "
        sentence += f"pasa a llamarse {_answer(after)}."
        yield Difference("renamed", node.process, node.id, sentence)
    if before.target != after.target:
        yield Difference("flow", node.process, node.id, _redirected(old, new, node, pair), touches)
    if _text(before) != _text(after):
        was, now_is = (
            words.condition(flow.condition, v.definition) if flow.condition else ""
            for flow, v in ((before, old), (after, new))
        )
        if not now_is:
            change = f"valía si {was}, y ahora vale siempre"
        elif not was:
            change = f"vale ahora solo si {now_is}"
        else:
            change = f"valía si {was}, y ahora vale si {now_is}"
        sentence = f"{_along(new, node, after)} {change}."
        yield Difference("condition", node.process, node.id, sentence, touches)


def _redirected(old: Version, new: Version, node: Node, pair: Pair) -> str:
    before, after = pair
    was, now = old.shown(before.target), new.shown(after.target)
    way, to = _along(new, node, after), words.to(new.named(now))
    if was.id == now.id:  # a join without a name is drawn in between, or no longer
        return f"{way} llega {to} por otra unión de caminos."
    return f"{way} ya no lleva {words.to(old.named(was))}, sino {to}."


def _follows(
    version: Version,
    node: Node,
    flow: Flow,
    how: str,
    touches: frozenset[Touch] = frozenset(),
) -> Difference:
    """Return that a flow is new or gone, with its answer and condition."""
    answer = f" con la respuesta {_answer(flow)}" if flow.name else ""
    target = version.named(version.shown(flow.target))
    when = f", si {words.condition(flow.condition, version.definition)}" if flow.condition else ""
    sentence = f"Después de {version.quoted(node)}{answer} {how} {target}{when}."
    return Difference("flow", node.process, node.id, sentence, touches)


def _default(old: Version, new: Version, node: Node) -> Iterator[Difference]:
    """Yield that another answer of a gateway is the one without condition."""
    before, after = old.nodes[node.id].default, node.default
    if before == after:
        return
    was, now = old.flows.get(before), new.flows.get(after)
    if was and now and (was.target, was.name) == (now.target, now.name):
        return  # drawn again under another id
    texts = [
        f"{_answer(flow)} (sigue {version.named(version.shown(flow.target))})"
        if flow
        else "ninguna"
        for flow, version in ((was, old), (now, new))
    ]
    sentence = f"En {new.quoted(node)}, si no se cumple ninguna condición valía la respuesta "
    sentence += f"{texts[0]} y ahora vale {texts[1]}."
    yield Difference("condition", node.process, node.id, sentence)


def _along(version: Version, node: Node, flow: Flow) -> str:
    """Return a flow as the subject of a sentence."""
    if flow.name:
        return f"En {version.quoted(node)}, la respuesta {_answer(flow)}"
    return f"El camino después de {version.quoted(node)}"


def _answer(flow: Flow) -> str:
    return f"«{flow.name}»" if flow.name else "sin nombre"


def _text(flow: Flow) -> str:
    """Return a condition without the spaces that do not count."""
    return " ".join((flow.condition or "").split())
