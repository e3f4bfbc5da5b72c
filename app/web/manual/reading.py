"""Reads the manual: Markdown files, in the order of README.md, as pages show them.

Every section is a heading of the second level. A step's section has its id in a comment above
the heading (`<!-- plan_training -->`), which no reader sees. No HTML of the files passes through.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from app.base.assets import content_hash
from app.base.config.shipped import MANUAL
from app.base.formatting import plain

CONTENTS = "README.md"
PICTURES = "imagenes"
ADDRESS = "/ayuda"

STEP = re.compile(r"<!-- (\w+) -->")
CHAPTER = re.compile(r"([a-z-]+)\.md(?:#(.+))?")
#: How the elements look: those of every other page.
CLASSES: Mapping[str, str] = {
    "bullet_list_open": "govuk-list govuk-list--bullet",
    "link_open": "govuk-link",
    "ordered_list_open": "govuk-list govuk-list--number",
    "paragraph_open": "govuk-body",
    "table_open": "govuk-table",
    "td_open": "govuk-table__cell",
    "th_open": "govuk-table__header",
}
HEADINGS: Mapping[str, str] = {"h2": "govuk-heading-m", "h3": "govuk-heading-s"}


class BadManual(Exception):
    """A file of the manual cannot be shown; the message says which and why."""


@dataclass(frozen=True)
class Section:
    """A heading and the text below it; the beginning of a chapter has no id."""

    id: str
    title: str
    html: Markup
    text: str
    """The same without marks, as searches read it."""
    step: str = ""
    """The user task that it explains, or ""."""


@dataclass(frozen=True)
class Chapter:
    """A file: `slug` is its name and address, `part` the heading of the contents above it."""

    slug: str
    title: str
    part: str
    sections: tuple[Section, ...]

    @property
    def url(self) -> str:
        return f"{ADDRESS}/{self.slug}"

    @property
    def lead(self) -> Section:
        """The text before the first heading."""
        return self.sections[0]


@dataclass(frozen=True)
class Manual:
    """All chapters in order, and the contents that link to them, a section per part."""

    contents: Chapter
    chapters: tuple[Chapter, ...]

    @cached_property
    def steps(self) -> Mapping[str, str]:
        """Step -> the address of its section."""
        return {
            section.step: f"{chapter.url}#{section.id}"
            for chapter in self.chapters
            for section in chapter.sections
            if section.step
        }

    def chapter(self, slug: str) -> Chapter | None:
        return next((one for one in self.chapters if one.slug == slug), None)

    def around(self, chapter: Chapter) -> tuple[Chapter | None, Chapter | None]:
        """Return the chapters before and after."""
        at = self.chapters.index(chapter)
        before = self.chapters[at - 1] if at else None
        return before, self.chapters[at + 1] if at + 1 < len(self.chapters) else None


@lru_cache(maxsize=1)
def the_manual() -> Manual:
    """Return the manual that came with the code, read once per process."""
    return read(MANUAL)


def read(folder: Path) -> Manual:
    """Return the manual in a folder. Raises BadManual."""
    contents = File(folder, CONTENTS)
    files = {slug: File(folder, f"{slug}.md", part) for slug, part in contents.listed()}
    anchors = {slug: file.anchors for slug, file in files.items()}

    def chapter(slug: str, file: File) -> Chapter:
        return Chapter(slug, file.title, file.part, tuple(file.sections(anchors)))

    chapters = tuple(chapter(slug, file) for slug, file in files.items())
    return Manual(chapter("", contents), chapters)


def slugged(title: str) -> str:
    """Return a heading as an anchor, made as GitHub makes it."""
    collected = unicodedata.normalize("NFC", title.lower())
    return re.sub(r"[^\w\- ]", "", collected).replace(" ", "-")


def place_of(title: str) -> str:
    """Return a heading as the anchor of our URLs."""
    return plain(slugged(title))


@dataclass
class File:
    """One file while it is read. Raises BadManual where it cannot be."""

    folder: Path
    name: str
    part: str = ""
    tokens: list[Token] = field(init=False)

    def __post_init__(self) -> None:
        try:
            text = (self.folder / self.name).read_text("utf-8")
        except OSError as fault:
            raise BadManual(f"{self.name}: {fault.strerror}") from None
        self.parser = MarkdownIt("commonmark", {"html": False}).enable("table")
        self.parser.add_render_rule("image", picture)
        self.tokens = self.parser.parse(text)
        if not self.tokens or self.tokens[0].tag != "h1":
            raise BadManual(f"{self.name}: it does not begin with its title")

    @property
    def title(self) -> str:
        return said(self.tokens[1])

    def listed(self) -> Iterator[tuple[str, str]]:
        """Yield the chapters that the contents name, with the heading above each."""
        part = ""
        for before, token in zip(self.tokens, self.tokens[1:], strict=False):
            if before.tag == "h2" and token.type == "inline":
                part = said(token)
            for child in token.children or ():
                found = CHAPTER.fullmatch(str(child.attrGet("href") or ""))
                if found:
                    yield found[1], part

    @cached_property
    def anchors(self) -> Mapping[str, str]:
        """GitHub's anchor of each heading → its id on our page."""
        return {slugged(title): step or place_of(title) for title, step, _ in self.pieces()}

    def pieces(self) -> Iterator[tuple[str, str, list[Token]]]:
        """Yield title, step and tokens of each section; the first has an empty title."""
        title, step, collected, coming = "", "", list[Token](), ""
        skipped = 3  # the title's own tokens
        for at, token in enumerate(self.tokens[3:], 3):
            if at < skipped:
                continue
            marked = self._marked(at)
            if marked:
                coming, skipped = marked, at + 3
            elif token.type == "heading_open" and token.tag == "h2":
                yield title, step, collected
                title, step, collected = said(self.tokens[at + 1]), coming, []
                coming, skipped = "", at + 3
            else:
                collected.append(token)
        yield title, step, collected

    def _marked(self, at: int) -> str:
        """Return the step that a paragraph at this token names for the heading below, or ""."""
        if self.tokens[at].type != "paragraph_open":
            return ""
        found = STEP.fullmatch(self.tokens[at + 1].content)
        return found[1] if found else ""

    def sections(self, anchors: Mapping[str, Mapping[str, str]]) -> Iterator[Section]:
        """Yield the sections as they are shown; `anchors` are the anchors of all chapters."""
        for title, step, tokens in self.pieces():
            for token in tokens:
                self._dress(token, anchors)
            html = self.parser.renderer.render(tokens, self.parser.options, {})
            text = " ".join(said(token) for token in tokens if token.type == "inline")
            name = title or self.title
            yield Section(step or place_of(title), name, Markup(html), text, step)  # noqa: S704

    def _dress(self, token: Token, anchors: Mapping[str, Mapping[str, str]]) -> None:
        """Give an element the style of our pages, and a link its address there."""
        if token.type in CLASSES:
            token.attrJoin("class", CLASSES[token.type])
        if token.type == "heading_open":
            token.attrJoin("class", HEADINGS[token.tag])
        if token.type == "link_open":
            token.attrSet("href", self._address(str(token.attrGet("href")), anchors))
        if token.type == "image":
            token.meta["file"] = self._picture(str(token.attrGet("src")))
        for child in token.children or ():
            self._dress(child, anchors)

    def _address(self, target: str, anchors: Mapping[str, Mapping[str, str]]) -> str:
        target = unquote(target)
        found = CHAPTER.fullmatch(target)
        if target.startswith("#"):
            found, target = CHAPTER.fullmatch(f"{self.name}{target}"), ""
        if not found:
            return target
        if found[1] not in anchors or (found[2] and found[2] not in anchors[found[1]]):
            raise BadManual(f"{self.name}: nothing is at {target or found[0]}")
        place = f"#{anchors[found[1]][found[2]]}" if found[2] else ""
        return f"{ADDRESS}/{found[1]}{place}" if target else place

    def _picture(self, target: str) -> Path:
        file = self.folder / target
        if file.parent != self.folder / PICTURES:
            raise BadManual(f"{self.name}: {target} is no picture of the manual")
        return file


def said(token: Token) -> str:
    """Return the words of a line, without its marks; for a picture, its description."""
    return "".join(child.content or " " for child in token.children or ()).strip()


def picture(
    renderer: Any, tokens: Sequence[Token], at: int, options: Any, env: Any
) -> str:  # as markdown-it calls it
    """Render a picture as wide as the text, linked to its full size; its text if it is missing.

    No page of a step may fail because a picture is missing.
    """
    del renderer, options, env
    file: Path = tokens[at].meta["file"]
    if not file.is_file():
        return str(escape(tokens[at].content))
    width, height = size_of(file)
    source = escape(f"{ADDRESS}/{PICTURES}/{file.name}?v={content_hash(file)}")
    return (
        f'<a class="manual__picture" href="{source}"><img src="{source}" width="{width}" '
        f'height="{height}" loading="lazy" alt="{escape(tokens[at].content)}"></a>'
    )


def size_of(file: Path) -> tuple[int, int]:
    """Return width and height of a PNG, in pixels, from its header."""
    width, height = struct.unpack(">II", file.read_bytes()[16:24])
    return width, height
