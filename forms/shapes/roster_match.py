"""Match the names of a participants' list to the people who were expected.

A match is sure by the mail address, by the whole name in any order, or by a part of it together
with the name of the entity: "Ana Quispe (MD Ejemplo)". People with one name are all there if the
list has their name once for each. A similar name is doubtful, and a person decides. A name of
nobody is unknown; "iPhone" or "Invitado" may stand for any person.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rapidfuzz import fuzz

from forms.fields.identifiers import plain
from forms.shapes.participants import Participant

#: Words that say nothing about whose name it is.
PARTICLES = frozenset(
    "de del la las los y e el sr sra srta dr dra ing lic abog abg mg mag cpc eco arq prof".split()
)
#: Words of devices, programs and offices in the place of a name.
DEVICES = frozenset(
    "iphone ipad android galaxy samsung huawei xiaomi redmi motorola moto oppo lenovo dell asus "
    "acer hp mac macbook laptop pc desktop windows tablet phone celular telefono movil equipo "
    "computadora zoom teams meet user usuario usuaria guest invitado invitada anonimo participante "
    "participant unknown desconocido municipalidad distrital provincial ministerio gobierno "
    "regional oficina direccion gerencia secretaria area mesa partes sala ugel".split()
)
#: From this likeness on (0 to 100) two words are one, written another way.
ALIKE = 82
#: Words of a name that must be found again before it can be one of a person.
LEAST = 2
#: Candidates of a doubtful name.
MOST = 5
#: What separates a name from an entity: "MD Ejemplo - Ana Quispe".
APART = re.compile(r"[()\[\]|/;–—]| - |_")


@dataclass(frozen=True)
class Candidate:
    """A person who was expected: `group` is the key of the entity."""

    key: str
    name: str
    email: str = ""
    group: str = ""
    #: Whether similar names are offered, too; of very long rosters only whole names count.
    by_likeness: bool = True


@dataclass(frozen=True)
class Doubt:
    """A name that may be one of several people, the likeliest first."""

    participant: Participant
    keys: Sequence[str]


@dataclass
class Matches:
    """Who is on the list: keys of the people, names to confirm, and names of nobody."""

    sure: dict[str, Participant] = field(default_factory=dict)
    doubtful: list[Doubt] = field(default_factory=list)
    unknown: list[Participant] = field(default_factory=list)
    #: Those of `unknown` whose text has no name of a person ("iPhone").
    unnamed: list[Participant] = field(default_factory=list)


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name for comparison, in a fixed order."""
    words = re.findall(r"\w+", plain(name).replace("_", " "))
    return tuple(sorted(word for word in words if word not in PARTICLES))


class Matcher:
    """An index of those expected, and of the names of their entities by group."""

    def __init__(
        self, candidates: Iterable[Candidate], groups: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.known: dict[str, Candidate] = {}
        self._words: dict[str, tuple[str, ...]] = {}
        self._by_email: dict[str, list[str]] = defaultdict(list)
        self._by_name: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._by_word: dict[str, set[str]] = defaultdict(set)
        for one in candidates:
            words = words_of(one.name)
            self.known[one.key], self._words[one.key] = one, words
            self._by_name[words].append(one.key)
            if one.email:
                self._by_email[one.email.lower()].append(one.key)
            for word in words if one.by_likeness else ():
                self._by_word[word].add(one.key)
        self._groups: dict[tuple[str, ...], set[str]] = defaultdict(set)
        for group, names in (groups or {}).items():
            for name in names:
                if words := words_of(name):
                    self._groups[words].add(group)

    def match(self, people: Iterable[Participant]) -> Matches:
        """Return who of those expected is on a list."""
        found = Matches()
        doubts: list[Doubt] = []
        namesakes: list[Doubt] = []
        for one in people:
            keys, how = self._find(one)
            if how == "sure":
                found.sure.setdefault(keys[0], one)
            elif keys:
                (namesakes if how == "namesakes" else doubts).append(Doubt(one, keys))
            else:
                found.unknown.append(one)
                if self._is_unnamed(one.name):
                    found.unnamed.append(one)
        found.sure |= _all_there(namesakes)
        doubts = sorted([*doubts, *namesakes], key=lambda one: one.participant.number)
        for doubt in doubts:  # not the second device of a person on the list
            keys = [key for key in doubt.keys if key not in found.sure]
            if keys:
                found.doubtful.append(Doubt(doubt.participant, keys[:MOST]))
        return found

    def _is_unnamed(self, text: str) -> bool:
        """Return whether a text has no name of a person: a device, an entity, a single word."""
        parts = [words for part in APART.split(text) if (words := words_of(part))]
        named = {word for part in parts if part not in self._groups for word in part} - DEVICES
        return sum(1 for word in named if word.isalpha() and len(word) > 1) < LEAST

    def _find(self, one: Participant) -> tuple[list[str], Literal["sure", "namesakes", "alike"]]:
        """Return the keys of the people that a name may mean, and how it means them."""
        mailed = self._by_email.get(one.email, [])
        if len(mailed) == 1:
            return mailed, "sure"
        names, groups = self._names(one.name), self._hinted(one.name)
        exact = [key for words in names for key in self._by_name.get(words, ())]
        exact = [key for key in exact if key in mailed] or exact
        exact = [key for key in exact if self.known[key].group in groups] or exact
        if exact:
            exact = list(dict.fromkeys(exact))
            return exact, "sure" if len(exact) == 1 else "namesakes"
        alike = self._alike(names)
        there = [key for key in alike if self.known[key].group in groups]
        if len(there) == 1 and alike[there[0]][1]:
            return there, "sure"
        ordered = sorted(there or alike or mailed, key=lambda key: (-alike.get(key, (0,))[0], key))
        return ordered, "alike"

    def _names(self, text: str) -> list[tuple[str, ...]]:
        """Return what can be the name: all of it, or a part."""
        parts = [text, *APART.split(text)]
        return [words for part in parts if len(words := words_of(part)) >= LEAST]

    def _hinted(self, text: str) -> set[str]:
        """Return the groups whose name is a part of a text."""
        return {
            group for part in APART.split(text) for group in self._groups.get(words_of(part), ())
        }

    def _alike(self, names: Sequence[tuple[str, ...]]) -> dict[str, tuple[int, bool]]:
        """Return the people whose names are like one of some names.

        Each with the number of words in common, and whether all words of one name are.
        """
        found: dict[str, tuple[int, bool]] = {}
        for words in names:
            for key in self._sharing(words):
                common = sum(1 for word in words if _is_in(word, self._words[key]))
                if common >= LEAST and common >= len(words) - 1:
                    most, is_whole = found.get(key, (0, False))
                    found[key] = max(most, common), is_whole or common == len(words)
        return found

    def _sharing(self, words: Sequence[str]) -> Iterator[str]:
        yield from {key for word in words for key in self._by_word.get(word, ())}


def _all_there(namesakes: Iterable[Doubt]) -> dict[str, Participant]:
    """Return the people with one name of which the list has at least as many as there are."""
    counts: dict[tuple[str, ...], dict[str, int]] = defaultdict(dict)
    for one in namesakes:
        by_email, email = counts[tuple(one.keys)], one.participant.email
        by_email[email] = max(one.participant.rows, by_email.get(email, 0))
    return {
        key: one.participant
        for one in namesakes
        for key in one.keys
        if sum(counts[tuple(one.keys)].values()) >= len(one.keys)
    }


def _is_in(word: str, words: Sequence[str]) -> bool:
    return word in words or any(fuzz.ratio(word, other) >= ALIKE for other in words)
