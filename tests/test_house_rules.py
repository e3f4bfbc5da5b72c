"""Rules of the project: short files, short functions, and lock files without machine paths or
hosts.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import grimp
import pytest

from tests.tree import tracked, walked

ROOT = Path(__file__).parent.parent
CODE = ("workflows", "forms", "app", "tests", "bpmn", ".ci")
KINDS = {".py", ".js", ".css", ".html", ".typ", ""}
#: Files created by tools.
MADE = ("app/web/static/build/", "app/base/db/migrations/versions/", "__pycache__/", "/.")
#: All entries that the top of the repository may have.
TOP = set(
    ".bpmnlintrc .ci .editorconfig .git-blame-ignore-revs .github .gitignore .npmrc "
    ".pre-commit-config.yaml .python-version CHANGELOG.md CONTRIBUTING.md LEEME.md LICENSE "
    "Makefile NOTICE README.md SECURITY.md app bench bpmn deploy docs forms package-lock.json "
    "package.json pyproject.toml requirements tests workflows".split()
)
LOCKS = sorted(ROOT.glob("requirements/*.txt"))


def code() -> Iterator[Path]:
    """Return every file of code, in any language."""
    yield ROOT / "Makefile"
    for folder in CODE:
        for file in sorted((ROOT / folder).rglob("*")):
            place = file.relative_to(ROOT).as_posix()
            if file.is_file() and file.suffix in KINDS and not any(m in place for m in MADE):
                yield file


def test_the_top_of_the_repository_holds_only_what_is_listed():
    assert {path.split("/")[0] for path in tracked()} == TOP


@pytest.mark.nightly
def test_a_copy_without_its_history_lists_the_same_files():
    assert set(tracked()) <= set(walked())
    assert not any(path.startswith((".venv/", "node_modules/", "var/")) for path in walked())


def test_the_application_has_at_most_14_entries():
    assert len({path.split("/")[1] for path in tracked("app/")}) <= 14


#: Levels with more entries: templates by the name of their blueprint, and one text per mail.
LARGER = ("app/web/templates", "app/people/mail/texts")


def test_each_level_of_a_room_has_at_most_15_entries():
    counts = Counter(
        str(folder)
        for folder, _ in {
            (Path(*parts[:depth]), parts[depth])
            for path in tracked("app/")
            if not path.startswith((*LARGER, "app/base/db/migrations"))
            for parts in [Path(path).parts]
            for depth in range(1, len(parts))
            if parts[depth] != "__init__.py"
        }
    )
    assert len(counts) > 40
    assert {folder: count for folder, count in counts.items() if count > 15} == {}


@pytest.mark.nightly
def test_no_file_of_code_is_longer_than_800_lines():
    lengths = {str(file): len(file.read_text("utf-8").splitlines()) for file in code()}
    assert len(lengths) > 50
    assert {file: lines for file, lines in lengths.items() if lines > 800} == {}


@pytest.mark.guard("reads all files of the project")
def test_no_function_is_longer_than_60_lines():
    too_long = {
        f"{file}:{node.lineno} {node.name}": lines
        for file in code()
        if file.suffix == ".py"
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > 60
    }
    assert too_long == {}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_each_package_is_pinned_to_a_version_and_its_hashes(lock: Path):
    packages = re.split(r"\n(?=\S)", lock.read_text("utf-8").replace("\\\n", " ").strip())
    assert packages
    for package in packages:
        assert re.match(r"[a-z0-9-]+(\[[a-z,]+\])?==[^ ]+ .*--hash=sha256:[0-9a-f]{64}", package)


@pytest.mark.parametrize(("inner", "outer"), [("run", "build"), ("build", "test")])
def test_a_set_of_packages_has_those_of_the_set_that_it_extends(inner: str, outer: str):
    pinned = {
        name: set(re.findall(r"^[a-z0-9-]+(?:\[[a-z,]+\])?==[^ ]+", file.read_text("utf-8"), re.M))
        for name in (inner, outer)
        for file in [ROOT / "requirements" / f"{name}.txt"]
    }
    assert pinned[inner] - pinned[outer] == set()


@pytest.mark.parametrize(
    "file",
    [*LOCKS, *sorted(ROOT.glob("requirements/*.in")), ROOT / "package-lock.json"]
    + [ROOT / name for name in ("package.json", ".npmrc", "pyproject.toml", ".ci/run")],
    ids=lambda file: file.name,
)
def test_a_build_file_names_packages_and_no_source_of_them(file: Path):
    text = file.read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"--(extra-)?index|--find-links|--trusted-host|\"resolved\"", text)
    assert not re.search(r"^registry\s*=", text, re.MULTILINE)


def test_every_npm_package_is_pinned_exactly():
    versions = re.findall(r'^    "[^"]+": "([^"]+)"', (ROOT / "package.json").read_text(), re.M)
    assert versions
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)


@pytest.mark.nightly
def test_no_room_imports_another_rooms_pages():
    """Pages are modules with a route; the application alone registers those of every room."""
    pages = {
        module_of(path)
        for path in tracked("app/")
        if path.endswith(".py")
        and re.search(r"^@\w+\.(get|post|route)\(", (ROOT / path).read_text("utf-8"), re.M)
    }
    assert len(pages) > 30
    graph = grimp.build_graph("app", cache_dir=None)
    across = {
        (importer, page)
        for page in pages
        for importer in graph.find_modules_that_directly_import(page)
        if importer != "app" and importer.split(".")[1] != page.split(".")[1]
    }
    assert across == set()


#: Files of another room that a module reads all the same: styles and fonts are built below `web`,
#: and papers of `cases` use those fonts too.
OTHER_ROOMS = {"app/base/assets.py": {"web"}}


def test_no_module_builds_a_path_into_another_room():
    elsewhere = {
        path: others
        for path in tracked("app/")
        if path.endswith(".py") and path.count("/") > 1
        if (others := rooms_of(places_in(ROOT / path)) - {path.split("/")[1]})
    }
    assert elsewhere == OTHER_ROOMS


def rooms_of(places: Iterable[str]) -> set[str]:
    """Return the rooms that hold some paths."""
    return {place.split("/")[1] for place in places if place.startswith("app/")}


def test_a_path_into_another_room_is_found():
    lines = 'HERE = Path(__file__).resolve()\nROOM = HERE.parents[2] / "ops"\nopen(ROOM / "a.csv")'
    found = {*places_of(ast.parse(lines), ROOT / "app" / "cases" / "papers" / "x.py")}
    assert found == {"app/cases/papers/x.py", "app", "app/ops", "app/ops/a.csv"}


def places_in(file: Path) -> Iterator[str]:
    """Yield the paths that a module builds from its own, relative to the repository."""
    text = file.read_text("utf-8")
    return places_of(ast.parse(text), file) if "__file__" in text else iter(())


def places_of(tree: ast.Module, file: Path) -> Iterator[str]:
    """Yield the paths that a tree builds from `__file__`, the path `file`."""
    known = {"__file__": file}
    for node in ast.walk(tree):
        place = place_of(node, known) if isinstance(node, ast.expr) else None
        if place is not None and place.is_relative_to(ROOT):
            yield place.relative_to(ROOT).as_posix()
        if isinstance(node, ast.Assign) and (place := place_of(node.value, known)) is not None:
            known |= {one.id: place for one in node.targets if isinstance(one, ast.Name)}


def place_of(node: ast.expr, known: dict[str, Path]) -> Path | None:
    """Return the path that an expression builds from known ones; None if it builds none."""
    match node:
        case ast.Name(id=name):
            return known.get(name)
        case ast.Call(args=[argument]):
            return place_of(argument, known)
        case ast.Call(func=ast.Attribute(value=value)):
            return place_of(value, known)
        case ast.Attribute(value=value, attr="parent"):
            place = place_of(value, known)
            return place and place.parent
        case ast.Subscript(value=ast.Attribute(value=value), slice=ast.Constant(value=int(number))):
            place = place_of(value, known)
            return place and place.parents[number]
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=str(name))):
            place = place_of(left, known)
            return place and place / name
    return None


#: The places that write out paths of this site: constants and arguments that define routes, and
#: the published addresses of open data, which stay if a route should change.
ROUTES = {"ROOT", "BASE", "ADDRESS", "url_prefix", "add_url_rule"}
PUBLISHED = "app/register/export/package.py"


@pytest.mark.guard("reads all files of the project")
def test_code_takes_each_internal_address_from_its_endpoint():
    written = {
        f"{path}:{line}": text
        for path in tracked("app/")
        if path.endswith(".py") and not path.startswith((PUBLISHED, "app/base/db/migrations"))
        for line, text in paths_in(ast.parse((ROOT / path).read_text("utf-8")))
    }
    assert written == {}


def paths_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and text of each string with a path, except those that define a route."""
    routes: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            defining: list[ast.expr] = node.decorator_list
        elif isinstance(node, ast.Assign | ast.Call | ast.keyword) and named(node) in ROUTES:
            defining = node.args if isinstance(node, ast.Call) else [node.value]
        else:
            continue
        routes |= {part for one in defining for part in ast.walk(one)}
    for node in ast.walk(tree):
        if node in routes or not isinstance(node, ast.Constant):
            continue
        if isinstance(node.value, str) and re.match(r"/[a-z]", node.value):
            yield node.lineno, node.value


def named(node: ast.Assign | ast.Call | ast.keyword) -> str | None:
    """Return the name of a constant, a method or an argument."""
    if isinstance(node, ast.keyword):
        return node.arg
    target = node.targets[0] if isinstance(node, ast.Assign) else node.func
    return getattr(target, "id", None) or getattr(target, "attr", None)


def module_of(path: str) -> str:
    """Return the dotted name of a Python file of the repository."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
