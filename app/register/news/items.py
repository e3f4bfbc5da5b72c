"""News as items: a title, a sentence, a page and a moment; and the newest of a topic.

Each query returns at most MOST rows; for a post, at most READ_FOR_POST of its entity. Visits are
found by an index. Acts of a legal person and corrected acts are looked for among the newest
versions of all acts, which are far fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, literal_column, select
from sqlalchemy.orm import Session, contains_eager

from app.base import formatting
from app.base.models import Entity, InterestAct, Register, Visit, VisitVersion
from app.base.urls import path_for
from app.register.facts import open_texts
from app.register.facts.values import CATEGORIES
from app.register.interest_acts.query import is_public_act
from app.register.news import topics
from app.register.news.topics import Followed
from app.register.registers import environments
from forms.shapes.post_keys import post_key

#: Items of a feed.
MOST = 50
#: The newest visits, and acts, of an entity among which those of a post are looked for.
READ_FOR_POST = 2000
#: Written as in its index.
CORRECTED: ColumnElement[bool] = literal_column("visit_version.act in ('correction', 'annulment')")
WORDS = {"correction": "Corregida", "annulment": "Anulada"}
ACT_WORDS = {"record": "", "correction": "Corregido", "annulment": "Anulado"}


@dataclass(frozen=True)
class Item:
    """A news item. `path` is its page; `version` distinguishes items of one page ("" for one)."""

    path: str
    title: str
    text: str
    at: datetime
    version: str = ""

    @property
    def key(self) -> str:
        """Its permanent name within the site."""
        return f"{self.path}#{self.version}" if self.version else self.path


def newest(session: Session, followed: Followed) -> list[Item]:
    """Return the newest items of a topic, the latest first, at most MOST."""
    kind = followed.topic.kind
    if kind == topics.CORRECTIONS:
        found = [*_corrections(session), *_acts(session, InterestAct.act != "record")]
    elif kind == topics.REPRESENTED:
        ruc = followed.topic.subject
        found = [*_visits(session, *represents(ruc)), *_acts(session, InterestAct.third_ruc == ruc)]
    else:
        assert followed.register is not None  # noqa: S101 - every other topic has one
        register_id, key = followed.register.id, followed.post_key
        visits = _visits(session, Visit.register_id == register_id, key=key)
        found = [*visits, *_acts(session, InterestAct.register_id == register_id, key=key)]
    return latest(found)


def latest(found: Iterable[Item]) -> list[Item]:
    """Return the newest of some items, the latest first, at most MOST."""
    return sorted(found, key=lambda item: item.at, reverse=True)[:MOST]


def represents(ruc: str) -> list[ColumnElement[bool]]:
    """Return the conditions on Visit: the visitor came for the legal person of this RUC."""
    indexed: ColumnElement[bool] = literal_column("visit.visitor_entity_ruc <> ''")
    return [indexed, Visit.visitor_entity_ruc == ruc]


def is_seen() -> list[ColumnElement[bool]]:
    """Return the conditions on Visit and its Entity: the public sees it, also if annulled."""
    return [
        Visit.audience == literal_column("'public'"),
        Visit.state.in_(("standing", "annulled")),
        environments.is_public(),
    ]


#: The text of an item on a visit: about the visitor, it has only the entity that they represent.
VISIT = (
    Visit.code,
    Visit.register_id,
    Visit.visit_on,
    Visit.entry_at,
    Visit.official_post,
    Visit.official_unit,
    Visit.visitor_kind,
    Visit.visitor_entity,
    Visit.visitor_entity_ruc,
    Visit.category,
    Visit.state,
    Visit.recorded_at,
    Visit.changed_at,
    Entity.name.label("entity"),
)


def _of_visits(*more: Any) -> Select[*tuple[Any, ...]]:
    columns: tuple[Any, ...] = (*VISIT, *more)
    return (
        select(*columns)
        .select_from(Visit)
        .join(Register, Register.id == Visit.register_id)
        .join(Entity, Entity.id == Register.entity_id)
        .where(*is_seen())
    )


def _visits(session: Session, *conditions: ColumnElement[bool], key: str = "") -> list[Item]:
    """Return the newest visits as items; with `key`, only those to the post of that key."""
    newest_first = _of_visits().where(*conditions).order_by(Visit.rank.desc())
    rows = session.execute(newest_first.limit(READ_FOR_POST if key else MOST))
    wanted = (
        row for row in rows if not key or post_key(row.official_post, row.official_unit) == key
    )
    return [_visit_item(row) for row in islice(wanted, MOST)]


def _visit_item(row: Row[Any]) -> Item:
    """Return a visit as an item; one that was annulled says so."""
    annulled = row.state == "annulled"
    title = _when(row, "Anulada" if annulled else "")
    at = row.changed_at if annulled else row.recorded_at
    return Item(_page_of(row), title, _sentence(row), at)


def corrections(session: Session, limit: int = MOST) -> Sequence[Row[Any]]:
    """Return the newest corrections and annulments of visits: VISIT, number, act, at."""
    with_versions = _of_visits(VisitVersion.number, VisitVersion.act, VisitVersion.at).join(
        VisitVersion, VisitVersion.visit_id == Visit.id
    )
    query = with_versions.where(CORRECTED).order_by(VisitVersion.id.desc()).limit(limit)
    return session.execute(query).all()


def _corrections(session: Session) -> list[Item]:
    return [correction_item(row) for row in corrections(session)]


def correction_item(row: Row[Any]) -> Item:
    """Return a version that corrected or annulled a visit as an item."""
    title = _when(row, WORDS[row.act])
    return Item(_page_of(row), title, _sentence(row), row.at, f"version-{row.number}")


def _acts(session: Session, condition: ColumnElement[bool], key: str = "") -> list[Item]:
    """Return the newest acts as items; with `key`, only those before the post of that key."""
    query = (
        select(InterestAct)
        .join(Register, Register.id == InterestAct.register_id)
        .join(Entity, Entity.id == Register.entity_id)
        .options(contains_eager(InterestAct.register).contains_eager(Register.entity))
        .where(InterestAct.newest, is_public_act(), environments.is_public(), condition)
    )
    newest_first = query.order_by(InterestAct.held_on.desc(), InterestAct.id.desc())
    acts = session.scalars(newest_first.limit(READ_FOR_POST if key else MOST))
    wanted = (act for act in acts if not key or post_key(act.holder_post, act.holder_unit) == key)
    return [_act_item(act) for act in islice(wanted, MOST)]


def _act_item(act: InterestAct) -> Item:
    """Return an interest act as an item; the person who acted is not named."""
    post = _joined(act.holder_post, act.holder_unit)
    day = formatting.day(act.held_on)
    title = _marked(f"Acto de gestión de intereses del {day}: {post}", ACT_WORDS[act.act])
    third = act.third_name if topics.is_legal_person(act.third_ruc) else ""
    said = [act.register.entity.name, *([f"En interés de {third}"] if third else [])]
    text = open_texts.masked(". ".join(said).rstrip(".") + ".")
    return Item(act.url, title, text, act.recorded_at, f"version-{act.number}")


def _page_of(row: Row[Any]) -> str:
    return path_for("public_visit.show", visit=row.code)


def _when(row: Row[Any], mark: str) -> str:
    when = formatting.moment(row.entry_at) or formatting.day(row.visit_on)
    return _marked(f"{when}: {_joined(row.official_post, row.official_unit)}", mark)


def _marked(text: str, mark: str) -> str:
    return f"{mark}: {text}" if mark else text


def _joined(post: str, unit: str) -> str:
    parts = [part for part in (post, unit) if part]
    return open_texts.masked(", ".join(parts)) or "Sin cargo registrado"


def _sentence(row: Row[Any]) -> str:
    """Return where the visit was, for what, and for which legal person."""
    parts = [row.entity, CATEGORIES.get(row.category, "")]
    if row.visitor_kind != "self" and topics.is_legal_person(row.visitor_entity_ruc):
        parts.append(f"En representación de {row.visitor_entity} (RUC {row.visitor_entity_ruc})")
    return open_texts.masked(". ".join(part for part in parts if part) + ".")
