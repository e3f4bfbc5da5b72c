"""The entity of a name of the official platform, whose column *Entidad visitada* is free text.

A name is taken by itself only where it can be one entity alone. Where it is merely similar, or
several entities have it, a person chooses, and the choice is valid for later exports.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.formatting import plain
from app.base.models import Entity, EntityName

#: The similarity from which an entity is offered (0-100), and how many are offered.
SIMILAR, OFFERED = 70, 5
#: Namesakes that are offered; a search finds the others.
MOST_NAMESAKES = 25
#: Words that do not distinguish names of entities.
SMALL = frozenset("de del la el los las y e en para departamento".split())
#: The shortest acronym that is taken alone (letters).
SHORTEST_ACRONYM = 3
#: Before or after a dash or in brackets: `SUNAT - Superintendencia…`, `Ministerio… (MINEDU)`.
APART = re.compile(r"\s+[-–—]\s+|[()\[\]]")
NOT_WORD = re.compile(r"[^a-z0-9ñ]+")

Words = frozenset[str]


@dataclass(frozen=True)
class Match:
    """The result for a name: how it was matched (see `BaselineName.match`), and with what."""

    how: str
    entity_id: int | None = None
    #: Codes of entities, the most similar first, with their similarity (0-100).
    candidates: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True)
class Known:
    """An entity of the catalogue, as far as names are compared."""

    id: int
    code: str
    name: str
    acronym: str
    places: Sequence[str]


def folded(name: str) -> str:
    """Return a name without accents, capitals, punctuation and small words: its words, in order."""
    words = NOT_WORD.sub(" ", plain(name)).split()
    return " ".join(word for word in words if word not in SMALL)


class Catalogue:
    """The names of all entities, prepared once for many names of an export."""

    def __init__(self, entities: Iterable[Known], chosen: Mapping[str, int | None]) -> None:
        #: Folded name → what people said of it; None: none of the catalogue.
        self.chosen = chosen
        self.exact: defaultdict[str, set[int]] = defaultdict(set)
        self.words: defaultdict[Words, set[int]] = defaultdict(set)
        self.with_place: defaultdict[Words, set[int]] = defaultdict(set)
        self.acronyms: defaultdict[str, set[int]] = defaultdict(set)
        self.texts: dict[int, str] = {}
        self.codes: dict[int, str] = {}
        for one in entities:
            name = folded(one.name)
            words = frozenset(name.split())
            self.texts[one.id], self.codes[one.id] = name, one.code
            self.exact[one.name.strip()].add(one.id)
            self.words[words].add(one.id)
            places = [frozenset(folded(place).split()) for place in one.places if place]
            for place in (*places, frozenset[str]().union(*places)):
                self.with_place[words | place].add(one.id)
            if len(acronym := folded(one.acronym).replace(" ", "")) >= SHORTEST_ACRONYM:
                self.acronyms[acronym].add(one.id)

    def match(self, name: str) -> Match:
        """Return the entity of a name, or the entities that it could be."""
        text = folded(name)
        if not text:
            return Match("none")
        if text in self.chosen:
            return Match("chosen", self.chosen[text])
        for how, ids in self._ways(name.strip(), text):
            if len(ids) == 1:
                return Match(how, next(iter(ids)))
            if ids:
                return Match("several", None, self._ordered(text, ids))
        if parts := self._of_a_part(name):
            return Match("similar", None, self._ordered(text, parts))
        similar = process.extract(
            text,
            self.texts,
            scorer=fuzz.token_sort_ratio,
            limit=OFFERED,
            score_cutoff=SIMILAR,
        )
        candidates = [(self.codes[one], round(score)) for _, score, one in similar]
        return Match("similar" if candidates else "none", None, candidates)

    def _ways(self, name: str, text: str) -> Iterable[tuple[str, set[int]]]:
        """Yield the entities by each way of matching, the surest way first."""
        words = frozenset(text.split())
        yield "exact", self.exact.get(name, set())
        yield "folded", self.words.get(words, set())
        yield "folded", self.with_place.get(words, set())
        yield "acronym", self.acronyms.get(text.replace(" ", ""), set())
        parts = [self._meant(part) for part in self._parts(name)]
        yield "folded", set.intersection(*parts) if len(parts) > 1 else set()

    def _of_a_part(self, name: str) -> set[int]:
        """Return what a part of a name means: `Programa X - MTC` is not the ministry itself."""
        return set[int]().union(*map(self._meant, self._parts(name)))

    def _parts(self, name: str) -> list[str]:
        return [part for part in map(folded, APART.split(name)) if part]

    def _meant(self, part: str) -> set[int]:
        words = self.words.get(frozenset(part.split()), set())
        return words | self.acronyms.get(part.replace(" ", ""), set())

    def _ordered(self, text: str, ids: set[int]) -> list[tuple[str, int]]:
        """Return entities with their similarity, the most similar first."""
        scores = {
            self.codes[one]: round(fuzz.token_sort_ratio(text, self.texts[one])) for one in ids
        }
        return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_NAMESAKES]


def catalogue(session: Session) -> Catalogue:
    """Read the names of all entities that are not duplicates, and what people chose before."""
    rows = session.execute(
        select(
            Entity.id,
            Entity.code,
            Entity.name,
            Entity.acronym,
            Entity.department,
            Entity.province,
            Entity.district,
        ).where(Entity.merged_into_id.is_(None), Entity.active)
    )
    entities = [Known(row.id, row.code, row.name, row.acronym, row[4:]) for row in rows]
    chosen = session.execute(select(EntityName.folded, EntityName.entity_id))
    return Catalogue(entities, {row.folded: row.entity_id for row in chosen})
