"""The entity of a name of the official platform, whose column *Entidad visitada* is free text.

A name is taken by itself only where it can be one entity alone. Where it is merely similar, or
several entities have it, a person chooses, and the choice is valid for later exports.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.formatting import plain
from app.base.models import Entity, EntityName

#: The similarity from which an entity is offered (0-100), and how many are offered.
SIMILAR, OFFERED = 70, 5
SCORER = fuzz.token_sort_ratio
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
    """A name of an entity of the catalogue with its acronym and places, as they are compared.

    `id` and `code` are always those of the present entity.
    """

    id: int
    code: str
    name: str
    acronym: str
    places: Sequence[str]
    #: A name that the entity has (present) or had (former), or that of one that it absorbed.
    kind: str = "present"


def folded(name: str) -> str:
    """Return a name without accents, capitals, punctuation and small words: its words, in order."""
    words = NOT_WORD.sub(" ", plain(name)).split()
    return " ".join(word for word in words if word not in SMALL)


class _Names:
    """Names, present or former: the ids of the entities that have each, by way of comparing."""

    def __init__(self) -> None:
        self.exact: defaultdict[str, set[int]] = defaultdict(set)
        self.words: defaultdict[Words, set[int]] = defaultdict(set)
        self.with_place: defaultdict[Words, set[int]] = defaultdict(set)
        self.acronyms: defaultdict[str, set[int]] = defaultdict(set)

    def add(self, one: Known) -> None:
        words = frozenset(folded(one.name).split())
        self.exact[one.name.strip()].add(one.id)
        self.words[words].add(one.id)
        places = [frozenset(folded(place).split()) for place in one.places if place]
        for place in (*places, frozenset[str]().union(*places)):
            self.with_place[words | place].add(one.id)
        if len(acronym := folded(one.acronym).replace(" ", "")) >= SHORTEST_ACRONYM:
            self.acronyms[acronym].add(one.id)

    def meant(self, part: str) -> set[int]:
        words = self.words.get(frozenset(part.split()), set())
        return words | self.acronyms.get(part.replace(" ", ""), set())


class Catalogue:
    """The names of all entities, prepared once for many names of an export."""

    def __init__(self, names: Iterable[Known], chosen: Mapping[str, int | None]) -> None:
        #: Folded name → what people said of it; None: none of the catalogue.
        self.chosen = chosen
        self.kinds = {kind: _Names() for kind in ("present", "former", "absorbed")}
        self.codes: dict[int, str] = {}
        #: Folded names, and the entity of each; the same for all names of an entity.
        self.texts: list[str] = []
        self.owners: list[int] = []
        self.texts_of: defaultdict[int, list[str]] = defaultdict(list)
        for one in names:
            self.kinds[one.kind].add(one)
            text = folded(one.name)
            self.codes[one.id] = one.code
            self.texts.append(text)
            self.owners.append(one.id)
            self.texts_of[one.id].append(text)

    def match(self, name: str) -> Match:
        """Return the entity of a name, or the entities that it could be."""
        text = folded(name)
        if not text:
            return Match("none")
        if text in self.chosen:
            return Match("chosen", self.chosen[text])
        for how, present, former, absorbed in self._ways(name.strip(), text):
            ids = present | former | absorbed
            if len(ids) == 1 and ids != absorbed - present - former:
                return Match(how if present else "former", next(iter(ids)))
            if ids:
                doubt = "several" if len(ids) > 1 else "similar"
                return Match(doubt, None, self._ordered(text, ids))
        if parts := self._of_a_part(name):
            return Match("similar", None, self._ordered(text, parts))
        candidates = self._similar(text)
        return Match("similar" if candidates else "none", None, candidates)

    def _ways(self, name: str, text: str) -> Iterator[tuple[str, set[int], set[int], set[int]]]:
        """Yield the entities by each way of matching, the surest way first: those that have the
        name, those that had it, and those that absorbed one with it.

        What an absorbed entity did is not the other one's: a person decides.
        """
        words, acronym = frozenset(text.split()), text.replace(" ", "")
        nobody = set[int]()
        present, former, absorbed = self.kinds.values()
        had, took = former.words.get(words, nobody), absorbed.words.get(words, nobody)
        if has := present.exact.get(name, nobody):
            yield "exact", has, had, took
        yield "folded", present.words.get(words, nobody), had, took
        places = [one.with_place.get(words, nobody) for one in self.kinds.values()]
        yield "folded", places[0], places[1], places[2]
        short = [one.acronyms.get(acronym, nobody) for one in self.kinds.values()]
        yield "acronym", short[0], short[1], short[2]
        parts = self._parts(name)
        if len(parts) > 1:
            has = set.intersection(*map(present.meant, parts))
            had = set.intersection(*(present.meant(one) | former.meant(one) for one in parts))
            yield "folded", has, had, set.intersection(*map(self._meant, parts))

    def _of_a_part(self, name: str) -> set[int]:
        """Return what a part of a name means: `Programa X - MTC` is not the ministry itself."""
        return set[int]().union(*map(self._meant, self._parts(name)))

    def _parts(self, name: str) -> list[str]:
        return [part for part in map(folded, APART.split(name)) if part]

    def _meant(self, part: str) -> set[int]:
        return set[int]().union(*(one.meant(part) for one in self.kinds.values()))

    def _similar(self, text: str) -> list[tuple[str, int]]:
        """Return the entities with a similar name, present or former, the most similar first."""
        found: dict[str, int] = {}
        for _, score, place in process.extract(
            text, self.texts, scorer=SCORER, limit=None, score_cutoff=SIMILAR
        ):
            found.setdefault(self.codes[self.owners[place]], round(score))
            if len(found) == OFFERED:
                break
        return list(found.items())

    def _ordered(self, text: str, ids: set[int]) -> list[tuple[str, int]]:
        """Return entities with their similarity, the most similar first."""
        scores = {
            self.codes[one]: round(max(SCORER(text, known) for known in self.texts_of[one]))
            for one in ids
        }
        return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_NAMESAKES]


def formerly(name: str, entity: Entity) -> str:
    """Return the former name by which an entity was matched or offered; "" if not by one."""
    text, found = folded(name), ""
    most = SCORER(text, folded(entity.name))
    for one in entity.former:
        if (score := SCORER(text, folded(one))) >= SIMILAR and score > most:
            found, most = one, score
    return found


def catalogue(session: Session) -> Catalogue:
    """Read the names of all entities, present and former, and what people chose before.

    Names of an extinct entity or a duplicate are of one that was absorbed; those of other entities
    that are not active are left out.
    """
    rows = session.execute(
        select(
            Entity.id,
            Entity.code,
            Entity.name,
            Entity.acronym,
            Entity.department,
            Entity.province,
            Entity.district,
            Entity.former_names,
            Entity.successor_id,
            Entity.active,
        )
    ).all()
    present = {row.id: row for row in rows if row.active}
    extinct = [row for row in rows if row.successor_id is not None and not row.active]
    following = {row.id: row.successor_id for row in extinct}
    of_absorbed = {folded(row.name) for row in extinct}
    names: list[Known] = []
    for row in rows:
        found = present.get(_last(row.id, following))
        if found is None:
            continue
        own = "present" if row is found else "absorbed"
        names.append(Known(found.id, found.code, row.name, row.acronym, row[4:7], own))
        for one in row.former_names.splitlines():
            kind = "absorbed" if own == "absorbed" or folded(one) in of_absorbed else "former"
            names.append(Known(found.id, found.code, one, "", row[4:7], kind))
    chosen = session.execute(select(EntityName.folded, EntityName.entity_id))
    return Catalogue(names, {row.folded: row.entity_id for row in chosen})


def _last(entity_id: int, following: Mapping[int, int]) -> int:
    """Return the last entity of a chain; of a circle, any."""
    passed: set[int] = set()
    while entity_id in following and entity_id not in passed:
        passed.add(entity_id)
        entity_id = following[entity_id]
    return entity_id
