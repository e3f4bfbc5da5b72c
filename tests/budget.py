"""Counts how heavy the product and its tests are, in tokens by room, as docs/budget.toml limits it.

Tokens are those of Python's tokenizer. Comments, docstrings, blank lines and indentation are free,
so that nobody saves explanations. Of a string above 40 characters and of text files (templates,
styles, SQL, tables, texts) half of the words and punctuation marks count, so that nothing gets
lighter by being moved there. Diagrams, CSV and migrations are left out.

`python -m tests.budget` prints the weights; `--lower` lowers the limits to them.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.tree import ROOT, tracked

LIMITS = ROOT / "docs" / "budget.toml"
TOPS = {"app", "forms", "workflows", "bpmn", "deploy", "tests", "bench"}
TEXTS = set(".html .css .js .typ .sql .txt .toml .dmn .mjml .yml .yaml .sh .part .j2".split())
LONG_STRING = 40
FREE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def weight_of_text(text: str) -> int:
    """Return half the number of words and punctuation marks in a text."""
    return len(re.findall(r"\w+|[^\w\s]", text)) // 2


def weight_of_python(source: str) -> int:
    """Return the number of tokens of a module, without its explanations."""
    docstrings = {
        node.body[0].lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None
    }
    weight = 0
    for kind, text, line in tokens_of(source):
        if kind in FREE or (kind == tokenize.STRING and line in docstrings):
            continue
        is_long = kind == tokenize.STRING and len(text) > LONG_STRING
        weight += weight_of_text(text) if is_long else 1
    return weight


def tokens_of(source: str) -> Iterator[tuple[int, str, int]]:
    """Yield kind, text and line of each token; a string with fields is one, in every Python."""
    lines, depth, begun = source.splitlines(keepends=True), 0, (0, 0)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        name = tokenize.tok_name[token.type]
        if name == "FSTRING_START":
            begun = begun if depth else token.start
            depth += 1
        elif name == "FSTRING_END":
            depth -= 1
            if not depth:
                yield tokenize.STRING, between(lines, begun, token.end), begun[0]
        elif not depth:
            yield token.type, token.string, token.start[0]


def between(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    """Return the text from one place to another, each a line from 1 and a column from 0."""
    (first, left), (last, right) = start, end
    if first == last:
        return lines[first - 1][left:right]
    return "".join([lines[first - 1][left:], *lines[first : last - 1], lines[last - 1][:right]])


def room_of(path: Path) -> str:
    """Return the room of a file, such as `app/cases`; "" if it does not count."""
    top = path.parts[0]
    is_script = top == "deploy" and not path.suffix
    counts = path.suffix == ".py" or path.suffix in TEXTS or is_script
    if top not in TOPS or not counts or "migrations/versions" in path.as_posix():
        return ""
    if top in ("tests", "bench"):
        return "tests"
    return "/".join(path.parts[:2]) if top == "app" else top


def weights() -> Counter[str]:
    """Return the weight of each room of the checkout, which git tracks."""
    found: Counter[str] = Counter()
    for path in map(Path, tracked()):
        if room := room_of(path):
            weigh = weight_of_python if path.suffix == ".py" else weight_of_text
            found[room] += weigh((ROOT / path).read_text("utf-8"))
    return found


def limits() -> dict[str, int]:
    """Return the limit of each room."""
    return dict(tomllib.loads(LIMITS.read_text("utf-8"))["tokens"])


def lower() -> None:
    """Lower each limit to the weight of its room; what is above its limit stays so."""
    text, found = LIMITS.read_text("utf-8"), weights()
    for room, limit in limits().items():
        line = rf'^"{re.escape(room)}" = \d+'
        text = re.sub(line, f'"{room}" = {min(limit, found[room])}', text, flags=re.MULTILINE)
    LIMITS.write_text(text, "utf-8")


if __name__ == "__main__":
    if "--lower" in sys.argv:
        lower()
    known = limits()
    for name, weight in sorted(weights().items()):
        print(f"{name:20}{weight:10}  of {known.get(name, 0)}")
