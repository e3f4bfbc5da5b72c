"""Random processes of nested blocks, and random changes to them.

What can be open at once follows from the nesting alone: two places only if they are in two branches
of the same fork.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from random import Random

from tests.workflows.sketch import bpmn
from workflows.definition import Definition

Path = tuple[int, ...]


@dataclass(frozen=True)
class Block:
    """A part of a process. The values of `kind`:

    - step, wait: one element, `key`.
    - row: its parts, one after the other.
    - choice: the step `key`, after which one of two parts follows.
    - rounds: its part and the step `key`, as often as this says "again".
    - fork: its parts at the same time.
    - timed: the step `key`; its part follows if the term of the step runs out.

    `gateway`: the beginning of its gateways' ids.
    """

    kind: str
    key: str = ""
    gateway: str = ""
    parts: tuple["Block", ...] = ()


def walked(block: Block, path: Path = ()) -> Iterator[tuple[Path, Block]]:
    """Yield a block and all in it, with the path to each."""
    yield path, block
    for number, part in enumerate(block.parts):
        yield from walked(part, (*path, number))


def replaced(block: Block, path: Path, new: Block) -> Block:
    if not path:
        return new
    parts = list(block.parts)
    parts[path[0]] = replaced(parts[path[0]], path[1:], new)
    return replace(block, parts=tuple(parts))


def can_be_open(block: Block, elements: Sequence[str]) -> bool:
    """Return whether these elements can be open at the same time, each once."""
    own = {one.key: (*path, -1) for path, one in walked(block) if one.key}
    apart = all(_are_parallel(block, own[a], own[b]) for a, b in combinations(elements, 2))
    return apart and len(set(elements)) == len(elements)


def _are_parallel(block: Block, first: Path, second: Path) -> bool:
    while first[0] == second[0] != -1:
        block, first, second = block.parts[first[0]], first[1:], second[1:]
    return block.kind == "fork"


def definition(block: Block) -> Definition:
    """Return the process as a version."""
    lines: list[str] = ["process blocks", "start begins"]
    flows: list[str] = []
    first, last = _drawn(block, lines, flows)
    flows += [f"begins -> {first}", f"{last} done"]
    return Definition.parse({"blocks.bpmn": bpmn("\n".join([*lines, "end done", *flows]))})


def _drawn(block: Block, lines: list[str], flows: list[str]) -> tuple[str, str]:
    """Draw a block; return its first element, and its last one with the arrow out of it."""
    key, meets, asks = block.key, f"{block.gateway}_meets", f"{block.gateway}_asks"
    if block.kind == "wait":
        lines.append(f"timer {key} working_days(2)")
        return key, f"{key} ->"
    if key:
        lines.append(f"user {key} lane=PCM")
    if block.kind == "timed":
        lines.append(f'timer-on {key} {key}_{block.gateway} due("{key}")')
    parts = [_drawn(part, lines, flows) for part in block.parts]
    if block.kind == "row":
        flows.extend(f"{a[1]} {b[0]}" for a, b in pairwise(parts))
        return parts[0][0], parts[-1][1]
    if block.kind == "step":
        return key, f"{key} ->"
    lines.append(f"{'and' if block.kind == 'fork' else 'xor'} {meets}")
    if block.kind == "timed":
        ((first, last),) = parts
        flows += [f"{key} -> {meets}", f"{key}_{block.gateway} -> {first}", f"{last} {meets}"]
        return key, f"{meets} ->"
    lines.append(f"{'and' if block.kind == 'fork' else 'xor'} {asks}")
    if block.kind == "rounds":
        ((first, last),) = parts
        again = f'{asks} -> {meets}: outcome("{key}") == "again"'
        flows += [f"{meets} -> {first}", f"{last} {key}", f"{key} -> {asks}", again]
        return meets, f"{asks} =>"
    flows.extend(f"{last} {meets}" for _, last in parts)
    if block.kind == "fork":
        flows.extend(f"{asks} -> {first}" for first, _ in parts)
        return asks, f"{meets} ->"
    other = f'{asks} -> {parts[0][0]}: outcome("{key}") == "other"'
    flows += [f"{key} -> {asks}", other, f"{asks} => {parts[1][0]}"]
    return key, f"{meets} ->"


class Maker:
    """Makes blocks and changes at random."""

    def __init__(self, random: Random) -> None:
        self.random, self._number = random, 0

    def _new(self, letter: str) -> str:
        self._number += 1
        return f"{letter}{self._number}"

    def step(self) -> Block:
        return Block("step", self._new("s"))

    def block(self, depth: int, *, in_rounds: bool = False) -> Block:
        """Return a block. No fork is within rounds: the check refuses it."""
        kinds = ["step", "wait", "row", "row", "choice", "rounds", "timed"]
        kind = self.random.choice(kinds if in_rounds else [*kinds, "fork", "fork", "fork"])
        if depth <= 0 or kind == "step":
            return self.step()
        if kind == "wait":
            return Block("wait", self._new("w"))
        count = {"row": self.random.randint(2, 3), "choice": 2, "fork": self.random.randint(2, 3)}
        inside = in_rounds or kind == "rounds"
        parts = [self.block(depth - 1, in_rounds=inside) for _ in range(count.get(kind, 1))]
        key = "" if kind in ("row", "fork") else self._new("s")
        return Block(kind, key, "" if kind == "row" else self._new("g"), tuple(parts))

    def fork(self, *parts: Block) -> Block:
        return Block("fork", "", self._new("g"), parts)

    def changed(self, block: Block) -> Block:
        """Return a process with one change."""
        changes = (self._insert, self._remove, self._gate, self._gate, self._order, self._timer)
        change = self.random.choice([*changes, self._branch, self._branch])
        path, here = self.random.choice(list(walked(block)))
        in_rounds = any(
            one.kind == "rounds" and path[: len(at)] == at != path for at, one in walked(block)
        )
        return replaced(block, path, change(here, in_rounds=in_rounds))

    def _insert(self, here: Block, *, in_rounds: bool) -> Block:
        new = self.step()
        if not in_rounds and self.random.random() < 0.3:
            new = self.fork(new, self.step())
        return Block("row", parts=(here, new) if self.random.random() < 0.5 else (new, here))

    def _remove(self, here: Block, *, in_rounds: bool) -> Block:
        if len(here.parts) < (3 if here.kind == "fork" else 2) or here.kind == "choice":
            return here
        place = self.random.randrange(len(here.parts))
        return replace(here, parts=here.parts[:place] + here.parts[place + 1 :])

    def _gate(self, here: Block, *, in_rounds: bool) -> Block:
        return replace(here, gateway=self._new("g")) if here.gateway else here

    def _order(self, here: Block, *, in_rounds: bool) -> Block:
        """Change the order of a row, or do the branches of a fork one after the other."""
        parts = list(here.parts)
        self.random.shuffle(parts)
        return Block("row", parts=tuple(parts)) if here.kind in ("row", "fork") else here

    def _timer(self, here: Block, *, in_rounds: bool) -> Block:
        if here.kind == "timed":
            return Block("step", here.key)
        return (
            Block("timed", here.key, self._new("g"), (self.step(),))
            if here.kind == "step"
            else here
        )

    def _branch(self, here: Block, *, in_rounds: bool) -> Block:
        if here.kind == "fork":
            return replace(here, parts=(*here.parts, self.step()))
        return here if in_rounds else self.fork(here, self.step())
