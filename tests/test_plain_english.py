"""Names and prose in plain English: two lists of what a reader from elsewhere does not find.

Names of the schema and of stored data stay as they are. Quoted text is not looked at: it is the
subject of a sentence, not its language.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from app.base.models import Base
from tests.tree import ROOT, tracked

#: Parts of identifiers; most have an exact term of the field: message, query, stored, recipient.
NAMES = frozenset(
    "told tell tells telling asked asking kept whom beside somebody whoever anybody afresh deed "
    "deeds slain spoken reckon reckoning reckoned becomes hitherto thereof".split()
)
#: The columns of release 0.5.0 with such a name: they are stored, and stay. None is added.
RELEASED = {
    "batch_row": {"told"},
    "dictation": {"told_at"},
    "extension_request": {"asked_at", "asked_by_id"},
    "unsent_form": {"kept_at"},
}
#: Their names in code; `told` alone is the name of no attribute.
SCHEMA = {name for names in RELEASED.values() for name in names} - NAMES
PHRASES = re.compile(
    r"\b(?:so many|so much|somebody|whoever|anybody|whom|whomever|beside|told|telling|afresh"
    r"|thereof|hitherto|wherein|whereof|whence|hence|lest|befalls?|what bec(?:omes|ame) of"
    r"|(?:is|are|was|were|be) let be|of (?:its|one's|their|his|her|our) own|by hand|the like"
    r"|or else|(?:what|whatever) (?:is|was|be|were) asked|reckon\w*|stands? written"
    r"|(?:control|more|many|few|fewer|other|these|those|such|special|\d[\d_,]*) signs"
    r"|signs (?:of|and|that)|else(?=[.;:]))(?!\w)",
    re.IGNORECASE,
)
QUOTED = re.compile(
    r"```.*?```|`[^`]*`|«[^»]*»|“[^”]*”|\"[^\"\n]*\"|\*[^*\n]+\*|\]\([^)]*\)", re.DOTALL
)
#: Words with which the docstring of a function does not begin: it says what the function does.
NOUNS_FIRST = {"A", "An", "The", "Whether", "What", "Who", "How", "That", "As"}
#: The pattern of comments, by the kind of file.
COMMENTS = {
    ".html": re.compile(r"\{#.*?#\}", re.DOTALL),
    ".css": re.compile(r"/\*.*?\*/", re.DOTALL),
    ".js": re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE),
    ".typ": re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE),
    ".toml": re.compile(r"(?:^|\s)#[^\n]*"),
    ".yml": re.compile(r"(?:^|\s)#[^\n]*"),
    "": re.compile(r"(?:^|\s)#[^\n]*"),
}
#: The marks at the beginning and end of a comment.
MARKS = re.compile(r"^\s*(?:/\*|\{#|//|#)|(?:\*/|#\})\s*$")
#: Names that are not ours to choose: `tell` of Python's files, and a field that a page posts.
GIVEN = {
    "app/onboarding/entity_list/export.py": {"tell"},
    "app/onboarding/tasks/exceptions/dictating.py": {"told"},
    "tests/app/base/test_files.py": {"tell"},
    "tests/app/web/test_errors.py": {"tell"},
}
#: Licences are quoted whole; Spanish is another matter; this file quotes the lists.
LEFT_OUT = ("LICENSE", "NOTICE", "LEEME.md", "docs/manual/", "tests/test_plain_english.py")
FILES = [
    path
    for path in tracked()
    if not path.startswith(LEFT_OUT) and Path(path).suffix in {".py", ".md", *COMMENTS}
]


def folder_of(path: str) -> str:
    """Return the folder of a file."""
    return path.rpartition("/")[0]


#: The files of each folder: one test for each would cost more than reading them.
FOLDERS = {
    folder: list(paths) for folder, paths in groupby(sorted(FILES, key=folder_of), key=folder_of)
}
each_folder = pytest.mark.parametrize("folder", FOLDERS)


def texts(paths: list[str]) -> Iterator[tuple[str, str]]:
    """Yield files with what is in them."""
    for path in paths:
        yield path, (ROOT / path).read_text("utf-8")


def prose(path: str, text: str) -> Iterator[str]:
    """Yield what is written for readers in a file: documents, docstrings, comments."""
    suffix = Path(path).suffix
    if suffix == ".md":
        yield text
    elif suffix == ".py":
        yield from (token.string for token in tokens(text) if token.type == tokenize.COMMENT)
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, documented):
                yield ast.get_docstring(node) or ""
    else:
        yield from (MARKS.sub("", found[0]) for found in COMMENTS[suffix].finditer(text))


def tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    """Yield the tokens of Python code."""
    return tokenize.generate_tokens(io.StringIO(text).readline)


def parts(name: str) -> set[str]:
    """Return the words of an identifier: `askedFor`, `AskedFor` and `asked_for` have two."""
    return set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))


def hard(text: str) -> list[str]:
    """Return the phrases of a text that are not plain, outside quotes, with what stands around."""
    bare = QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
    return [
        " ".join(bare[max(0, found.start() - 30) : found.end() + 20].split())
        for found in PHRASES.finditer(bare)
    ]


@each_folder
def test_names_are_plain(folder: str):
    found = {path: archaic_names(path) for path in FOLDERS[folder] if path.endswith(".py")}
    assert {path: names for path, names in found.items() if names} == {}


def archaic_names(path: str) -> set[str]:
    """Return the names of a file, its own included, that have an archaic part."""
    text = (ROOT / path).read_text("utf-8")
    names = {token.string for token in tokens(text) if token.type == tokenize.NAME}
    names -= SCHEMA | GIVEN.get(path, set())
    return {name for name in (*names, Path(path).stem) if parts(name) & NAMES}


def test_no_column_is_added_with_such_a_name():
    found = {
        name: {column.name for column in table.columns if parts(column.name) & NAMES}
        for name, table in Base.metadata.tables.items()
    }
    assert {name: columns for name, columns in found.items() if columns} == RELEASED


@pytest.mark.nightly
@each_folder
def test_prose_is_plain(folder: str):
    found = {
        path: [phrase for each in prose(path, text) for phrase in hard(each)]
        for path, text in texts(FOLDERS[folder])
    }
    assert {path: phrases for path, phrases in found.items() if phrases} == {}


def test_a_phrase_counts_outside_quotes_only():
    assert hard("What somebody typed.") == ["What somebody typed."]
    assert hard("Fails otherwise; else.") != []
    assert hard("The word `somebody`, «whom» and *told* are quoted.") == []
    assert hard("The sign of a number; else it is text.") == []


def test_a_comment_is_read_without_its_marks():
    assert list(prose("a.css", "/* Whoever reads. */ p {}")) == [" Whoever reads. "]
    assert list(prose("a.html", "{# What is asked. -#}")) == [" What is asked. -"]


def test_an_identifier_is_looked_at_word_by_word():
    assert parts("askedFor") & NAMES == parts("was_asked") & NAMES == {"asked"}
    assert not parts("basked") & NAMES


@each_folder
def test_the_docstring_of_a_function_begins_with_what_it_does(folder: str):
    python = [path for path in FOLDERS[folder] if path.endswith(".py")]
    first = {
        f"{path} {node.name}": (ast.get_docstring(node) or "").partition(" ")[0]
        for path, text in texts(python)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("test_")
        and not is_attribute(node)
    }
    assert {name: word for name, word in first.items() if word in NOUNS_FIRST} == {}


def is_attribute(function: ast.FunctionDef) -> bool:
    """Return whether a function is read like an attribute: a property, or a command, whose
    docstring is its help.
    """
    decorators = " ".join(map(ast.unparse, function.decorator_list))
    return "property" in decorators or "command" in decorators or "hybrid" in decorators
