"""News of rosters of decision-makers: who took a post, and who left it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from app.base import calendar, formatting
from app.base.models import PostHolder
from app.register.news.items import Item
from app.register.news.topics import Followed
from app.register.registers import roster


def holder_items(session: Session, followed: Followed) -> list[Item]:
    """Return who took a post and who left it, up to today."""
    found: list[Item] = []
    today = calendar.today()
    for holder in _holders(session, followed):
        how = "encargado" if roster.is_acting(holder) else "titular"
        if holder.from_on <= today:
            at = calendar.midnight(holder.from_on)
            text = f"{holder.full_name}, {how} desde el {formatting.day(holder.from_on)}."
            found.append(Item(followed.path, "Ocupa el cargo", text, at, f"desde-{holder.id}"))
        if holder.to_on is not None and holder.to_on < today:
            at = calendar.midnight(holder.to_on + timedelta(days=1))
            text = f"{holder.full_name}, {how} hasta el {formatting.day(holder.to_on)}."
            found.append(Item(followed.path, "Dejó el cargo", text, at, f"hasta-{holder.id}"))
    return found


def _holders(session: Session, followed: Followed) -> list[PostHolder]:
    if followed.register is None:
        return []
    post = roster.find_post(session, followed.register, followed.post_key)
    return [row for row in post.rows if isinstance(row, PostHolder)] if post else []
