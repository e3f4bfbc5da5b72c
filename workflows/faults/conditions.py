"""Check that conditions and timers use only what is offered, with words that can be answers."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from workflows.contract import Fault
from workflows.expressions import BadExpression, parse
from workflows.faults.plan import Plan

MOST_DAYS = 1000
_NO_DATE = "A timer is a <timeDate>; no duration and no cycle."
_EMPTY_DATE = "Its <timeDate> is empty: it must say which date."


def check_conditions(plan: Plan) -> Iterator[Fault]:
    """Report faults in the conditions of sequence flows."""
    check = _Condition(plan)
    for drawing in plan.drawings:
        for flow in drawing.flows:
            if flow.condition:
                try:
                    check.check(flow.condition)
                except _Wrong as error:
                    yield Fault(drawing.file, flow.id, f"The condition {error}.")


def check_timers(plan: Plan) -> Iterator[Fault]:
    """Report faults in the texts of timers."""
    for node in plan.nodes:
        if "timer" not in node.events:
            continue
        if not node.timer:
            yield Fault(node.file, node.id, _NO_DATE if node.timer is None else _EMPTY_DATE)
            continue
        try:
            _check_timer(plan, node.timer)
        except _Wrong as error:
            yield Fault(node.file, node.id, f"The timer {error}.")


class _Wrong(Exception):
    pass


def _tree(text: str) -> ast.expr:
    try:
        return parse(text)
    except BadExpression as error:
        raise _Wrong(f"“{text}” is not an expression") from error


def _check_timer(plan: Plan, text: str) -> None:
    tree = _tree(text)
    offered = "must be one call of working_days(), due() or day_of()"
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
        raise _Wrong(offered)
    name, given = tree.func.id, _constants(tree, 1)[0]
    if name == "working_days":
        if type(given) is not int or not 1 <= given <= MOST_DAYS:
            raise _Wrong(f"needs a number of working days from 1 to {MOST_DAYS}, not {given!r}")
    elif name == "due":
        if given not in plan.user_tasks:
            raise _Wrong(f"asks when {given!r} is due, which is no user task")
    elif name == "day_of":
        if given not in plan.contract.days:
            raise _Wrong(f"asks for the day of {given!r}, which is not known")
    else:
        raise _Wrong(f"{offered}, not {name}()")


def _constants(call: ast.Call, number: int) -> list[object]:
    """Return the call's arguments: exactly `number`, all constants. Raises _Wrong."""
    given: list[object] = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    if len(given) != number or len(call.args) != number:
        name = call.func.id if isinstance(call.func, ast.Name) else "the function"
        raise _Wrong(f"must give {name}() {number or 'no'} plain value{'s' * (number != 1)}")
    return given


@dataclass(frozen=True)
class _Kind:
    """The type of an expression: "truth", "number" or "word", with the possible words."""

    name: str
    words: frozenset[str] = frozenset()
    literal: object = None


_TRUTH, _NUMBER = _Kind("truth"), _Kind("number")


class _Condition:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def check(self, text: str) -> None:
        """Raise _Wrong if the text is not one of the possible words."""
        if self._kind(_tree(text)) != _TRUTH:
            raise _Wrong(f"“{text}” is neither true nor false")

    def _kind(self, node: ast.expr) -> _Kind:
        if isinstance(node, ast.BoolOp):
            return self._all_truths(node.values)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self._all_truths([node.operand])
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return _Kind("word", literal=node.value)
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return _Kind("number", literal=node.value)
        if isinstance(node, ast.Name):
            raise _Wrong(f"uses the name “{node.id}”, which is not offered")
        raise _Wrong(f"uses “{ast.unparse(node)}”, which is not offered")

    def _all_truths(self, nodes: list[ast.expr]) -> _Kind:
        for node in nodes:
            if self._kind(node) != _TRUTH:
                raise _Wrong(f"treats “{ast.unparse(node)}” as true or false")
        return _TRUTH

    def _comparison(self, node: ast.Compare) -> _Kind:
        left = self._kind(node.left)
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                if not isinstance(comparator, ast.Tuple | ast.List):
                    raise _Wrong("looks for something that is “in” no list")
                for item in comparator.elts:
                    self._comparable(left, self._kind(item), node)
                return _TRUTH
            right = self._kind(comparator)
            self._comparable(left, right, node)
            if not isinstance(operator, ast.Eq | ast.NotEq) and left.name != "number":
                raise _Wrong(f"“{ast.unparse(node)}” orders what is not a number")
            if isinstance(operator, ast.Is | ast.IsNot):
                raise _Wrong("uses “is” where “==” is meant")
            left = right
        return _TRUTH

    def _comparable(self, left: _Kind, right: _Kind, node: ast.expr) -> None:
        if left.name != right.name or left.name == "truth":
            raise _Wrong(f"“{ast.unparse(node)}” compares what cannot be compared")
        if left.literal is not None and right.literal is not None:
            raise _Wrong(f"“{ast.unparse(node)}” compares two constants")
        for one, other in ((left, right), (right, left)):
            word = one.literal
            if other.words and isinstance(word, str) and word not in other.words:
                raise _Wrong(f"“{ast.unparse(node)}” asks for {word!r}, which can never come")

    def _call(self, node: ast.Call) -> _Kind:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "count":
            return self._count(node)
        if node.keywords:
            raise _Wrong(f"gives “{ast.unparse(node)}” more than it takes")
        if name == "purpose":
            _constants(node, 0)
            return _Kind("word", self._plan.contract.purposes)
        if name == "holder":
            _constants(node, 0)
            return _Kind("word", self._plan.contract.holders)
        if name == "validated":
            stage = _constants(node, 1)[0]
            if stage not in self._plan.stages:
                raise _Wrong(f"asks for the stage {stage!r}, which there is not")
            return _TRUTH
        if name == "outcome":
            return _Kind("word", self._outcomes(_constants(node, 1)[0]) | {""})
        raise _Wrong(f"calls “{ast.unparse(node.func)}”, which is not offered")

    def _outcomes(self, element: object) -> frozenset[str]:
        if element not in self._plan.outcomes:
            raise _Wrong(f"asks for the outcome of {element!r}, which is no user or service task")
        return self._plan.outcomes[str(element)]

    def _count(self, node: ast.Call) -> _Kind:
        element, outcome = _constants(node, 2)
        if outcome not in self._outcomes(element):
            raise _Wrong(f"counts the outcome {outcome!r} of {element!r}, which can never come")
        for keyword in node.keywords:
            if keyword.arg != "since" or not isinstance(keyword.value, ast.Constant):
                raise _Wrong(f"gives “{ast.unparse(node)}” more than it takes")
            self._outcomes(keyword.value.value)
        return _NUMBER
