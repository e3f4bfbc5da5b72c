"""An expression can reach only its functions and names."""

import ast
import time
from functools import partial

import pytest

from tests.app.together import together
from workflows.engine import ScriptEngine
from workflows.expressions import BadExpression, evaluate, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('ask("x") == "x" and not False', True),
        ("number >= 3 or 1 / 0", True),
        ("number in (1, 2, 3)", True),
        ('ask("a") not in ["b", "c"]', True),
        ("1 < number < 4", True),
        ("number * 10 >= 9 + 21", True),
        ("true", True),
        (' \n number == 3 if false else "no" ', "no"),
        ('ask(word="x")', "x"),
    ],
)
def test_expressions_are_evaluated(text, value):
    functions = {"ask": lambda word: word}
    names = {"number": 3, "true": True, "false": False, "False": False}
    assert evaluate(text, functions, names) == value


@pytest.mark.parametrize(
    "text",
    [
        "unknown",
        "unknown()",
        "ask",
        "ask.__globals__",
        "().__class__",
        '"x".join',
        '"{0.__class__}".format(1)',
        'f"{number}"',
        "number[0]",
        "[x for x in (1, 2)]",
        "{1: 2}",
        "lambda: 1",
        "2 ** 9999",
        "1 << 9",
        "number is 3",
        "__import__('os')",
        "eval('1')",
        "(x := 1)",
        "import os",
        "x = 1",
        "a; b",
        "",
        "(" * 300 + ")" * 300,
        "\0",
        "await ask(1)",
        "*ask",
        "ask(*names)",
    ],
)
def test_nothing_outside_the_given_names_is_reachable(text):
    with pytest.raises(BadExpression):
        evaluate(text, {"ask": lambda word: word}, {"number": 3})


def test_exceptions_of_functions_pass_through():
    def fail() -> None:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        evaluate("fail()", {"fail": fail})


def test_a_text_is_parsed_once():
    assert parse("1 + 1 == 2") is parse("1 + 1 == 2")


def test_one_thread_at_a_time_parses(monkeypatch: pytest.MonkeyPatch):
    parsed, inside, most = ast.parse, list[str](), 0

    def slowly(text: str, mode: str) -> ast.AST:
        nonlocal most
        inside.append(text)
        most = max(most, len(inside))
        time.sleep(0.02)
        inside.remove(text)
        return parsed(text, mode=mode)

    with monkeypatch.context() as patched:
        patched.setattr(ast, "parse", slowly)
        found = together(*(partial(parse, f"{number} + 0.{number} == 2") for number in range(4)))
    assert all(isinstance(one, ast.expr) for one in found)
    assert most == 1


def test_the_engine_s_python_is_out_of_reach():
    engine = ScriptEngine(lambda task: {})
    with pytest.raises(NotImplementedError):
        engine.execute(None, "1")
    with pytest.raises(NotImplementedError):
        engine.call_service(None, "1")
    with pytest.raises(NotImplementedError):
        engine.environment.evaluate("1", {})
    with pytest.raises(NotImplementedError):
        engine.environment.execute("1", {})
