"""Search of the manual's sections by words."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from app.base.formatting import plain
from app.web.manual.reading import Chapter, Manual, Section

MOST = 20
AROUND = 90  # letters shown on either side of what was found


@dataclass(frozen=True)
class Found:
    """A section that has all the words, and their places in it."""

    chapter: Chapter
    section: Section
    excerpt: Markup

    @property
    def url(self) -> str:
        return f"{self.chapter.url}#{self.section.id}" if self.section.id else self.chapter.url


def find(manual: Manual, words: str) -> list[Found]:
    """Return the sections with all these words, ignoring accents and case; titles come first."""
    wanted = plain(words).split()
    if not wanted:
        return []
    ranked: list[tuple[int, int, Found]] = []
    for chapter in manual.chapters:
        for section in chapter.sections:
            title, text = plain(section.title), plain(section.text)
            if all(word in title or word in text for word in wanted):
                named = sum(word in title for word in wanted)
                found = Found(chapter, section, excerpt(section.text, wanted))
                ranked.append((-named, len(ranked), found))
    ranked.sort(key=lambda one: one[:2])
    return [found for _, _, found in ranked[:MOST]]


def excerpt(text: str, wanted: list[str]) -> Markup:
    """Return the text around the first of the words that is in it, that word marked."""
    text = " ".join(text.split())
    compared = plain(text)
    places = [(compared.find(word), word) for word in wanted if word in compared]
    if not places or len(compared) != len(text):  # letters that fall apart: no place to point to
        return escape(text[: 2 * AROUND])
    at, word = min(places)
    first, last = max(at - AROUND, 0), at + len(word) + AROUND
    begin = text.rfind(" ", 0, first) + 1 if first else 0
    end = text.find(" ", last) if last < len(text) else len(text)
    end = len(text) if end < 0 else end
    marked = Markup("{}<mark>{}</mark>{}").format(
        text[begin:at], text[at : at + len(word)], text[at + len(word) : end]
    )
    return Markup("{}{}{}").format("… " if begin else "", marked, " …" if end < len(text) else "")
