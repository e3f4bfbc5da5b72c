"""What people call a gateway that is drawn without a name, in Spanish.

Joins need no name on a diagram; the code and the diagrams know them by an English id.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from workflows.drawing import Flow, Node

JOIN = "la unión"
FORK = "la bifurcación"


def gateway_names(nodes: Iterable[Node], flows: Iterable[Flow]) -> Mapping[str, str]:
    """Return id → words for the gateways without a name: «la unión antes de “…”», with article.

    A gateway where paths meet is called by the nearest named element that it leads to, one where
    they part by the nearest that leads to it; so is one that leads to another join, as both would
    have the same words. If two have them still, names that the process has twice are passed over.
    """
    drawn = {node.id: node for node in nodes}
    after: dict[str, list[str]] = defaultdict(list)
    before: dict[str, list[str]] = defaultdict(list)
    for flow in flows:
        if flow.source in drawn and flow.target in drawn:
            after[flow.source].append(flow.target)
            before[flow.target].append(flow.source)
    nameless = [key for key, node in drawn.items() if is_nameless(node)]
    nearest = {key: _words(key, drawn, after, before) for key in nameless}
    often = Counter((drawn[key].process, words) for key, words in nearest.items())
    return {
        key: words
        if often[drawn[key].process, words] == 1
        else _words(key, drawn, after, before, once=True)
        for key, words in nearest.items()
    }


def is_nameless(node: Node) -> bool:
    """Return whether an element is a gateway that is drawn without a name."""
    return node.kind.endswith("Gateway") and not node.name.strip()


def _words(
    key: str,
    drawn: Mapping[str, Node],
    after: Mapping[str, Sequence[str]],
    before: Mapping[str, Sequence[str]],
    *,
    once: bool = False,
) -> str:
    parts = len(after.get(key, ())) > 1
    what = FORK if parts else JOIN
    meets_again = all(is_nameless(drawn[one]) for one in after.get(key, ()))
    ways = [("antes de", after), ("después de", before)]
    for where, along in reversed(ways) if parts or meets_again else ways:
        if name := _nearest(key, drawn, along, once=once):
            return f"{what} {where} “{name}”"
    return f"{what} de los caminos"


def _nearest(
    key: str, drawn: Mapping[str, Node], along: Mapping[str, Sequence[str]], *, once: bool
) -> str:
    """Return the name of the nearest named element along the flows, in their order; or "".

    `once`: the nearest whose name no other element of the process has, if there is one.
    """
    often = Counter(node.name for node in drawn.values() if node.process == drawn[key].process)
    queue, seen, first = list(along.get(key, ())), {key}, ""
    while queue:
        here = queue.pop(0)
        if here in seen:
            continue
        seen.add(here)
        name = drawn[here].name.strip()
        if name and (not once or often[drawn[here].name] == 1):
            return name
        first = first or name
        queue += along.get(here, ())
    return first
