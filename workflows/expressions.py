"""Evaluate the expressions of diagrams and tables, which can reach only what they are given."""

import ast
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache, partial
from threading import Lock
from typing import Any

from simpleeval import DEFAULT_OPERATORS, InvalidExpression, SimpleEval

Functions = Mapping[str, Callable[..., Any]]
WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None}
"""FEEL's spelling of Python's True, False and None."""
LONGEST = 500
"""Characters of an expression; with it, the time that one takes is bounded."""
LARGEST = 10**15
"""Greatest number that a calculation may result in."""


class BadExpression(Exception):
    """The text is not an expression, or uses something that is not offered."""


_ARITHMETIC = {ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.USub}
_OPERATORS = _ARITHMETIC | {
    ast.Not, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn,
}  # fmt: skip
_NODES = _OPERATORS | {
    ast.Name, ast.Load, ast.Constant, ast.Tuple, ast.List, ast.Call, ast.keyword, ast.IfExp,
    ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.And, ast.Or, ast.Compare,
}  # fmt: skip


_one_at_a_time = Lock()


def tree_of(text: str) -> ast.Expression:
    """Return the tree of a Python expression, parsed by one thread at a time.

    Python 3.11 counts the depth of trees for all threads together, and then raises SystemError.
    Other errors are those of `ast.parse`.
    """
    with _one_at_a_time:
        return ast.parse(text, mode="eval")


@lru_cache(maxsize=4096)
def parse(text: str) -> ast.expr:
    """Return the expression's tree. Raises BadExpression, also for syntax that is never offered."""
    if len(text) > LONGEST:
        raise BadExpression(f"an expression has at most {LONGEST} characters")
    try:
        tree = tree_of(" ".join(text.splitlines()).strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadExpression(f"“{text}” is not an expression") from error
    for node in ast.walk(tree):
        if type(node) not in _NODES:
            raise BadExpression(f"“{text}” uses {type(node).__name__}, which is not offered")
    return tree


def evaluate(text: str, functions: Functions, names: Mapping[str, Any] | None = None) -> Any:
    """Return the expression's value, computed only from the given functions and names.

    Raises BadExpression; exceptions raised by a function pass through.
    """
    try:
        return _Evaluator(functions, WORDS if names is None else names).value(parse(text))
    except (InvalidExpression, RecursionError) as error:
        raise BadExpression(f"“{text}”: {error}") from error


def _calculate(operator: Callable[..., Any], *numbers: Any) -> Any:
    """Return the result, a number of bounded size. Of strings and lists, the size has no bound."""
    if not all(isinstance(number, int | float | Decimal) for number in numbers):
        raise InvalidExpression("it calculates with something that is not a number")
    try:
        result = operator(*numbers)
    except ArithmeticError as error:
        raise InvalidExpression(str(error)) from error
    if not -LARGEST <= result <= LARGEST:
        raise InvalidExpression("the result is too large")
    return result


class _Evaluator(SimpleEval):
    """simpleeval without attributes, subscripts, string formatting and powers."""

    def __init__(self, functions: Functions, names: Mapping[str, Any]) -> None:
        super().__init__(functions=dict(functions), names=names)
        self.nodes = {
            ast.Name: self._eval_name,
            ast.Constant: self._eval_constant,
            ast.UnaryOp: self._eval_unaryop,
            ast.BinOp: self._eval_binop,
            ast.BoolOp: self._eval_boolop,
            ast.Compare: self._eval_compare,
            ast.IfExp: self._eval_ifexp,
            ast.Call: self._eval_call,
            ast.keyword: self._eval_keyword,
            ast.Tuple: self._eval_sequence,
            ast.List: self._eval_sequence,
        }
        self.operators = {
            kind: partial(_calculate, DEFAULT_OPERATORS[kind])
            if kind in _ARITHMETIC
            else DEFAULT_OPERATORS[kind]
            for kind in _OPERATORS
        }

    def value(self, tree: ast.expr) -> Any:
        return self._eval(tree)

    def _eval_name(self, node: ast.Name) -> Any:
        # A function's bare name is not a value; only its call is.
        if node.id not in self.names:
            raise InvalidExpression(f"the name “{node.id}” is unknown")
        return self.names[node.id]

    def _eval_sequence(self, node: ast.Tuple | ast.List) -> tuple[Any, ...]:
        return tuple(self._eval(item) for item in node.elts)
