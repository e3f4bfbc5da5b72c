"""The English documentation agrees with the code: paths, names, commands, settings, words."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest

from app.base.config.settings import NAMES, SETTINGS
from app.base.files import places
from app.cases.papers.viewing import page_cache
from app.ops import backup, cli, trial_people
from app.people import downloads, page_rate
from app.people.access import ROLES
from app.register.export import dumps
from app.web.manual.reading import slugged
from tests import rooms
from tests.tree import tracked

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
MANUAL = ROOT / "docs" / "manual"
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
PAGES = [
    README,
    *(ROOT / name for name in ("CONTRIBUTING.md", "LEEME.md", "SECURITY.md", "bpmn/README.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(ROOT.glob(".github/**/*.md")),
]
TOPS = "app|bpmn|deploy|docs|forms|requirements|tests|workflows"
#: Invented names: the step that the recipe adds, and placeholders.
INVENTED = ("endorse_demo_results", "<", "…")
#: Types of files with texts of screens and documents.
TEXT_SOURCES = {".html", ".txt", ".typ", ".bpmn", ".dmn", ".py"}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).name)


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def quoted(page: Path) -> list[str]:
    """Return the texts in backticks, code blocks excluded."""
    prose = re.sub(r"^```.*?^```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", prose)


def commands(page: Path, program: str) -> list[list[str]]:
    """Return the calls of a program that the page shows, as words, in backticks or indented."""
    shown = quoted(page) + re.findall(r"^    (.+)$", text_of(page), re.MULTILINE)
    return [one.split() for one in shown if one == program or one.startswith(f"{program} ")]


def rows(page: Path, columns: int) -> list[list[str]]:
    """Return the rows of the page's tables that have `columns` columns, without their headers."""
    found = [line.strip("|").split("|") for line in text_of(page).split("\n") if line[:1] == "|"]
    cells = [[cell.strip() for cell in line] for line in found]
    heads = {n - 1 for n, line in enumerate(cells) if set(line[0]) == {"-"}}
    return [
        line
        for n, line in enumerate(cells)
        if len(line) == columns and n not in heads and set(line[0]) != {"-"}
    ]


# Links, paths, names ---------------------------------------------------------------------------


@each_page
def test_a_link_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if page.parent == MANUAL and target.startswith("/"):
            continue  # a page of the application: tests/app/web/test_manual.py follows it
        place, _, heading = target.partition("#")
        linked = (page.parent / place).resolve() if place else page
        assert linked.is_file(), target
        heads = re.findall(r"^#+ (.+)$", text_of(linked), re.MULTILINE) if heading else []
        assert not heading or heading in {slugged(head) for head in heads}


@each_page
def test_no_blank_line_cuts_a_table(page: Path):
    lines = ["", *text_of(page).split("\n"), ""]
    begins = [n for n, line in enumerate(lines) if line[:1] == "|" and lines[n - 1][:1] != "|"]
    assert [lines[n] for n in begins if not re.fullmatch(r"[|: -]+", lines[n + 1])] == []


def test_operations_list_what_is_in_the_data_folder():
    section = text_of(ROOT / "docs" / "operations.md").partition("### What is on a machine\n")[2]
    listed = re.findall(r"^\| (`.+?`) \|", section.partition("\n## ")[0], re.MULTILINE)
    files = [places.FILES, places.COPIES, page_cache.FOLDER, dumps.FOLDER, downloads.FOLDER]
    folders = {f"{name}/" for name in files}
    written = folders | {page_rate.FILE, backup.BEGUN, "secret-key", "zaguan.db.*.lock"}
    assert written <= {one for cell in listed for one in re.findall(r"`(.+?)`", cell)}


@each_page
def test_a_named_path_exists(page: Path):
    for name in quoted(page):
        if re.match(rf"({TOPS})/", name) and not any(word in name for word in INVENTED):
            assert (ROOT / name).exists(), name


@each_page
def test_a_name_of_the_code_exists(page: Path):
    for name in quoted(page):
        if re.fullmatch(r"(app|forms|tests|workflows)(\.\w+)+", name):
            resolve(name)


def resolve(name: str) -> Any:
    """Return the module, class or function of that dotted name. Raises AssertionError."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            assert hasattr(found, part), name
            found = getattr(found, part)
        return found
    raise AssertionError(name)


@each_page
def test_no_page_names_a_path_of_one_machine(page: Path):
    assert not re.search(r"/(tmp|work|home|root|Users)/", text_of(page))


def test_the_map_shows_every_folder_and_every_room_in_20_lines():
    lines = re.findall(
        r"^    ( *)(\w+)/ +\S", text_of(README).split("## A map of the code")[1], re.M
    )
    assert 10 < len(lines) <= 20
    folders = {entry.split("/")[0] for entry in tracked() if "/" in entry}
    assert {name for indent, name in lines if not indent} == {
        folder for folder in folders if not folder.startswith(".")
    }
    rooms = {entry.split("/")[1] for entry in tracked("app/") if entry.count("/") > 1}
    assert {name for indent, name in lines if indent} == rooms


def test_the_picture_of_the_rooms_is_the_one_that_the_contract_makes():
    assert (ROOT / "docs/pictures/rooms.svg").read_text("utf-8") == rooms.picture(), "make docs"


# Commands and settings -------------------------------------------------------------------------


@each_page
def test_a_shown_command_exists_with_its_options(page: Path):
    for words in commands(page, "zaguan"):
        options = [word for word in words[1:] if word.startswith("-")]
        if len(words) == 1 or words[1].startswith("-"):
            assert set(options) <= {"--help", "-h", "--version"}
            continue
        command = cli.commands.get_command(click.Context(cli.commands), words[1])
        assert command, words
        known = {name for option in command.params for name in option.opts + option.secondary_opts}
        assert set(options) <= known, words


@each_page
def test_a_shown_target_is_explained_by_make(page: Path):
    makefile = text_of(ROOT / "Makefile")
    for words in commands(page, "make"):
        for word in words[1:]:
            assert "=" in word or re.search(rf"^{word}:", makefile, re.MULTILINE), words


def test_the_settings_are_those_of_the_code():
    shown = {row[0].strip("`"): row[1:] for row in rows(README, 3) if row[0].startswith("`ZAGUAN")}
    assert shown.keys() == {setting.name for setting in SETTINGS}
    for setting in SETTINGS:
        default, takes = shown[setting.name]
        assert takes == setting.takes
        assert not setting.default or default == f"`{setting.default}`"


@each_page
def test_a_named_setting_exists(page: Path):
    assert set(re.findall(r"\bZAGUAN_[A-Z_]*[A-Z]\b", text_of(page))) <= NAMES


def test_day_one_has_the_eight_settings_that_the_installation_leaves_to_fill_in():
    day_one = re.findall(r"^\| `(\w+)`", text_of(ROOT / "docs/day-one.md"), re.MULTILINE)
    files = text_of(ROOT / "deploy/install") + text_of(ROOT / "deploy/zaguan.env")
    left = re.findall(
        r"^(?: *echo ')?(ZAGUAN_\w+)=", files.split("# These are right")[0], re.MULTILINE
    )
    assert (sorted(day_one), len(day_one)) == (sorted(left), 8)


def test_the_trial_accounts_are_those_that_setup_opens():
    shown = [tuple(row[:2]) for row in rows(README, 3) if row[0].isdigit()]
    opened = [(document, ROLES[role].name) for role, document, *_ in trial_people.PCM_PEOPLE]
    assert shown == opened
    assert f"«{trial_people.PASSWORD}»" in text_of(README)


def test_a_command_says_what_it_does():
    group: click.Group = cli.commands
    assert all(command.help for command in group.commands.values())


# Words and decisions ---------------------------------------------------------------------------


GLOSSARY = ROOT / "docs" / "glossary.md"


def texts_for_people() -> str:
    """Return all texts that users may read, in lower case."""
    return "\n".join(
        text_of(file).casefold()
        for top in ("app", "forms", "bpmn")
        for file in sorted((ROOT / top).rglob("*"))
        if file.suffix in TEXT_SOURCES and "static" not in file.parts
    )


@pytest.mark.nightly
def test_each_word_of_the_glossary_is_used():
    said = texts_for_people()
    spanish = [row[3] for row in rows(GLOSSARY, 4)] + [row[1] for row in rows(GLOSSARY, 2)]
    words = [word for word in spanish if word and word != "the lane's name"]
    assert len(words) > 20
    assert [word for word in words if word.casefold() not in said] == []


def test_the_glossary_has_every_role_as_the_screen_says_it():
    shown = {row[1].strip("`"): row[2] for row in rows(GLOSSARY, 3)}
    assert shown == {role.id: role.name for role in ROLES.values()}


def test_decisions_are_numbered_and_have_context_decision_and_consequences():
    assert [int(page.name[:4]) for page in ADRS] == list(range(1, len(ADRS) + 1))
    for page in ADRS:
        heads = re.findall(r"^(#+) (.+)$", text_of(page), re.MULTILINE)
        assert heads[0][1].startswith(f"{page.name[:4]} · ")
        assert [head for _, head in heads[1:]] == ["Context", "Decision", "Consequences"]
        assert f"docs/adr/{page.name}" in text_of(README)
        assert len(text_of(page).split()) < 500
