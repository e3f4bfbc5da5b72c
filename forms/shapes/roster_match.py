"""Match a list of participants to the people who were expected.

A match is sure by the document, by the mail address, or by the whole name in any order, if it
means one person and nothing else in the row contradicts it. What may be one of several people, a
similar name or a contradiction is doubtful, and a person decides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz

from forms.fields.identifiers import plain
from forms.shapes.participants import Participant

#: Words that say nothing about whose name it is.
PARTICLES = frozenset(
    "de del la las los y e el sr sra srta dr dra ing lic abog abg mg mag cpc eco arq prof".split()
)
#: From this likeness on (0 to 100) two words are one, written another way.
ALIKE = 82
#: Words of a name that must be found again before it can be one of a person.
LEAST = 2
#: People that a name may mean that is like theirs.
MOST = 5
#: What separates a name from other words: "MD Ejemplo - Ana Quispe".
APART = re.compile(r"[()\[\]|/;–—]| - |_")


@dataclass(frozen=True)
class Candidate:
    """A person who was expected."""

    key: str
    name: str
    email: str = ""
    document: str = ""
    #: Whether similar names are offered, too; of very long rosters only whole names count.
    by_likeness: bool = True


@dataclass(frozen=True)
class Doubt:
    """A row that may be one of several people, the likeliest first."""

    participant: Participant
    keys: Sequence[str]


@dataclass
class Matches:
    """Who is on the list: keys of the people, rows to confirm, and rows of nobody."""

    sure: set[str] = field(default_factory=set)
    doubtful: list[Doubt] = field(default_factory=list)
    unknown: list[Participant] = field(default_factory=list)


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name for comparison, in a fixed order."""
    words = re.findall(r"\w+", plain(name).replace("_", " "))
    return tuple(sorted(word for word in words if word not in PARTICLES))


class Matcher:
    """An index of those expected."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self.known: dict[str, Candidate] = {}
        self._words: dict[str, tuple[str, ...]] = {}
        self._keys: dict[object, list[str]] = defaultdict(list)
        self._by_word: dict[str, set[str]] = defaultdict(set)
        for one in candidates:
            words = self._words[one.key] = words_of(one.name)
            self.known[one.key] = one
            for value in (words, one.email.lower(), one.document):
                self._keys[value].append(one.key)
            for word in words if one.by_likeness else ():
                self._by_word[word].add(one.key)

    def match(self, people: Iterable[Participant]) -> Matches:
        """Return who of those expected is on a list."""
        found = Matches()
        doubts: list[Doubt] = []
        for one in people:
            keys, is_sure = self._find(one)
            if is_sure:
                found.sure.add(keys[0])
            elif keys:
                doubts.append(Doubt(one, keys))
            else:
                found.unknown.append(one)
        for doubt in doubts:  # not the second device of a person on the list
            if keys := [key for key in doubt.keys if key not in found.sure]:
                found.doubtful.append(Doubt(doubt.participant, keys))
        return found

    def _find(self, one: Participant) -> tuple[list[str], bool]:
        """Return the keys of the people that a row may mean, and whether it means one for sure."""
        names = [words for part in _parts(one.name) if len(words := words_of(part)) >= LEAST]
        by_document, by_email = self._of(one.document), self._of(one.email)
        by_name = [key for words in names for key in self._of(words)]
        ways = [set(keys) for keys in (by_document, by_email, by_name) if keys]
        meant = set.intersection(*ways) if ways else set()
        if len(meant) == 1 and not self._contradicts(one, *meant):
            return list(meant), True
        alike = {} if ways else self._alike(names)
        likeliest = sorted(alike, key=lambda key: (-alike[key], key))[:MOST]
        every = [*by_document, *by_email, *by_name, *likeliest]
        return sorted(dict.fromkeys(every), key=lambda key: key not in meant), False

    def _of(self, value: object) -> list[str]:
        return self._keys.get(value, []) if value else []

    def _contradicts(self, one: Participant, key: str) -> bool:
        """Return whether the document or the address of a row is not that of a person."""
        known = self.known[key]
        pairs = ((one.document, known.document), (one.email, known.email.lower()))
        return any(said and its and said != its for said, its in pairs)

    def _alike(self, names: Sequence[tuple[str, ...]]) -> dict[str, int]:
        """Return the people whose names are like one of some names, with the words in common."""
        found: dict[str, int] = {}
        for words in names:
            for key in {key for word in words for key in self._by_word.get(word, ())}:
                common = sum(1 for word in words if _is_in(word, self._words[key]))
                if common >= LEAST and common >= len(words) - 1:
                    found[key] = max(common, found.get(key, 0))
        return found


def _parts(name: str) -> list[str]:
    """Return what of a text can be the name: all of it, or a part."""
    return list(dict.fromkeys([name, *APART.split(name)]))


def _is_in(word: str, words: Sequence[str]) -> bool:
    return word in words or any(fuzz.ratio(word, other) >= ALIKE for other in words)
