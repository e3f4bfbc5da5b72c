"""An entity of the demo during the run, and the choice of entities from the catalogue."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Entity, ProcessInstance
from app.ops.demo.characters import Character

#: Levels of government of the demo's entities, in turn.
TURN = ("local", "local", "nacional", "local", "regional", "local", "nacional", "local")


@dataclass
class Life:
    """The run's data on an entity in addition to its rows."""

    entity_id: int
    character: Character
    random: Random
    #: Its activation code, until it is used.
    code: str = ""
    active: bool = False
    awake: bool = False
    #: Tasks with a planned answer, and those that wait for another event.
    seen: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)
    #: Number of answers of each step.
    answered: Counter[str] = field(default_factory=Counter)
    #: Instance → planned moment of its wake-up.
    wakes: dict[int, datetime] = field(default_factory=dict)
    #: Stages whose events are planned.
    entered: set[str] = field(default_factory=set)
    #: Whether the days of its register are planned.
    live: bool = False

    def sleeps_in(self, stage: str) -> bool:
        """Return whether the entity stops answering in this stage."""
        return bool(stage) and self.character.sleeps == stage and not self.awake

    def wanted(self, step: str) -> str:
        """Return how the next answer of a step ends; "" for the usual way."""
        planned = self.character.answers.get(step, ())
        place = self.answered[step]
        return planned[place] if place < len(planned) else ""


def chosen(session: Session, count: int, random: Random) -> Sequence[int]:
    """Return ids of entities that have no process yet, over all levels and regions."""
    begun = select(ProcessInstance.entity_id)
    rows = session.execute(
        select(Entity.id, Entity.level, Entity.department)
        .where(Entity.active, Entity.id.not_in(begun))
        .order_by(Entity.code)
    ).all()
    places: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for entity_id, level, department in rows:
        places[level][department].append(entity_id)
    decks = {level: dealt(regions, random) for level, regions in places.items()}
    found: list[int] = []
    turn = 0
    while len(found) < count and any(decks.values()):
        level = TURN[turn % len(TURN)]
        deck = decks.get(level) or max(decks.values(), key=len)
        found.append(deck.pop(0))
        turn += 1
    return found


def dealt(regions: dict[str, list[int]], random: Random) -> list[int]:
    """Yield entities of all regions in turn, in random order within each."""
    piles = [random.sample(ids, len(ids)) for _, ids in sorted(regions.items())]
    random.shuffle(piles)
    longest = max(map(len, piles))
    return [pile[place] for place in range(longest) for pile in piles if place < len(pile)]
