"""News of rosters of decision-makers: who holds a post, and whether a roster changed."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy.orm import Session

from app.base import calendar, formatting
from app.base.models import DecisionMaker
from app.base.urls import path_for
from app.register.news.items import Item
from app.register.news.topics import Followed
from app.register.registers import roster

NOBODY = "La entidad no publica que alguien ocupe hoy este cargo."


def holder_items(session: Session, followed: Followed) -> list[Item]:
    """Return who took a post and who left it, up to today."""
    found: list[Item] = []
    today = calendar.today()
    for holder in _holders(session, followed):
        how = _how(holder)
        if holder.from_on <= today:
            at = calendar.midnight(holder.from_on)
            text = f"{holder.full_name}, {how} desde el {formatting.day(holder.from_on)}."
            found.append(Item(followed.path, "Ocupa el cargo", text, at, f"desde-{holder.id}"))
        if holder.to_on is not None and holder.to_on < today:
            at = calendar.midnight(holder.to_on + timedelta(days=1))
            text = f"{holder.full_name}, {how} hasta el {formatting.day(holder.to_on)}."
            found.append(Item(followed.path, "Dejó el cargo", text, at, f"hasta-{holder.id}"))
    return found


def changed(session: Session, followed: Followed) -> tuple[str, Item] | None:
    """Return a hash of the roster that a topic shows, and the item to mail when it has changed.

    Return None for topics without a roster. The hash also changes on the day on which a holder
    begins or ends, whenever the day was recorded.
    """
    if followed.register is None:
        return None
    holders = _holders(session, followed)
    states = [
        (
            one.post_key,
            one.full_name,
            one.capacity,
            one.from_on.isoformat(),
            one.to_on.isoformat() if one.to_on else "",
            roster.state_of(one),
        )
        for one in holders
    ]
    mark = hashlib.sha256(repr(sorted(states)).encode()).hexdigest()
    if followed.post_key:
        held = [one for one in holders if roster.state_of(one) == "held"]
        said = "; ".join(f"{one.full_name}, {_how(one)}" for one in sorted(held, key=_first))
        text = f"Hoy lo ocupa {said}." if said else NOBODY
        return mark, Item(followed.path, "Cambió quién ocupa el cargo", text, calendar.now())
    path = path_for("decision_makers.show", code=followed.topic.subject)
    title = "Cambió la relación de quienes deciden"
    return mark, Item(path, title, "Un cargo o quien lo ocupa.", calendar.now())


def _holders(session: Session, followed: Followed) -> list[DecisionMaker]:
    if followed.register is None:
        return []
    if followed.post_key:
        post = roster.find_post(session, followed.register, followed.post_key)
        return [row for row in post.rows if isinstance(row, DecisionMaker)] if post else []
    return roster.everyone(session, followed.register)


def _how(holder: DecisionMaker) -> str:
    return "encargado" if roster.is_acting(holder) else "titular"


def _first(holder: DecisionMaker) -> bool:
    return roster.is_acting(holder)
