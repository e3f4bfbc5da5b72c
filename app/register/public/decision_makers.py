"""The dated roster of decision-makers that each entity publishes, without document numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, abort, render_template, request
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import Entity, PostHolder
from app.base.paging import Paging, page_number
from app.register.news import topics
from app.register.public.shared import keep_out, unpublished_page
from app.register.registers import mandates, roster
from app.register.registers.last_days import last_day
from app.register.search import published, unpublished
from app.register.search.query import LONGEST

blueprint = Blueprint("decision_makers", __name__)
blueprint.after_request(keep_out)

ENTITIES, HOLDERS = 50, 100  # a page


@blueprint.get("/decisores")
def list_entities() -> str:
    """List the entities that publish a roster."""
    session = db.session()
    typed = " ".join(request.args.get("q", "").split())[:LONGEST]
    page = Paging(roster.how_many_publish(session, typed), page_number(), ENTITIES)
    return render_template(
        "consult/rosters.html",
        rosters=roster.publishing(session, typed, page.offset, page.size),
        unpublished=unpublished.meant(session, typed) if not page.total else (),
        page=page,
        typed=typed,
    )


@blueprint.get("/decisores/<code>")
def show(code: str) -> str:
    """Show an entity's roster: current holders, below them future and past ones."""
    session = db.session()
    register = published.register_of(session, code)
    if register is None:
        return unpublished_page(code, "Quiénes deciden")
    until = last_day(session)
    counts = roster.count(session, register, until)
    page = Paging(sum(counts.values()), page_number(), HOLDERS)
    rows = roster.holders(session, register, until, page.offset, page.size)
    return render_template(
        "consult/roster.html",
        entity=register.entity,
        groups={
            state: [row for row in rows if roster.state_of(row) == state] for state in roster.STATES
        },
        counts=counts,
        grounds=roster.GROUND_NAMES,
        ends=_ends(session, rows, register.entity),
        roster=roster,
        page=page,
    )


@blueprint.get("/decisores/<code>/<key>")
def show_post(code: str, key: str) -> str:
    """Show a post of a roster through time: titulares, acting holders, and gaps."""
    session = db.session()
    register = published.register_of(session, code)
    if register is None:
        return unpublished_page(code, "Quiénes deciden")
    post = roster.find_post(session, register, key)
    if post is None:
        abort(404)
    page = Paging(len(post.rows), page_number(), HOLDERS)
    rows = post.rows[page.offset : page.offset + page.size]
    holders = [one for one in rows if not isinstance(one, roster.Gap)]
    return render_template(
        "consult/post.html",
        entity=register.entity,
        post=post,
        followed=topics.of_post(register, key, post),
        rows=rows,
        grounds=roster.GROUND_NAMES,
        ends=_ends(session, holders, register.entity),
        roster=roster,
        page=page,
    )


def _ends(
    session: Session, holders: Sequence[PostHolder], entity: Entity
) -> dict[int, date | None]:
    """Return the last day of the mandate of each titular, by the holder's id."""
    table, today = mandates.Mandates.read(session), calendar.today()
    return {
        one.id: table.end_of(one, entity, today) for one in holders if not roster.is_acting(one)
    }
