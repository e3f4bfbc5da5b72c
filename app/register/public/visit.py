"""The permanent page of a visit: its facts, its source, and its whole history."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from sqlalchemy import RowMapping

from app.base import db
from app.base.models import Visit
from app.people.access import this_entity
from app.register.facts.declared import DECLARED
from app.register.public.shared import keep_out
from app.register.registers import environments, rules
from app.register.search import published
from app.register.suppression import deciders, reviews
from app.register.suppression.reviews import Tombstone
from app.register.visits import history

blueprint = Blueprint("public_visit", __name__)
blueprint.after_request(keep_out)


@blueprint.get("/visita/<visit>")
def show(visit: str) -> str:
    """Show a public visit, or its tombstone; a reserved one, or one of a demo, is not found."""
    session = db.session()
    stone = reviews.tombstone_of(session, visit, "public")
    return _tombstone(stone) if stone else _page(published.visit_of(session, visit) or abort(404))


@blueprint.get("/demo/<code>/visita/<visit>")
def show_demo(code: str, visit: str) -> str:
    """Show a visit of an entity's demo, for its users and reviewers."""
    session = db.session()
    register = environments.find(session, this_entity(), "demo") or abort(404)
    stone = reviews.tombstone_of(session, visit, "demo")
    if stone and stone.visit.register_id == register.id:
        return _tombstone(stone)
    return _page(published.visit_of_demo(session, register, visit) or abort(404))


def _tombstone(stone: Tombstone) -> str:
    """Show that a visit is under review or suppressed, why and since when, and none of its data."""
    visit = stone.visit
    return render_template(
        "consult/tombstone.html",
        stone=stone,
        visit=visit,
        entity=visit.register.entity,
        demo=stone.review.audience == "demo",
        sip_decides=bool(deciders.instead(db.session(), visit.register)),
    )


def _page(visit: Visit) -> str:
    session = db.session()
    entity = visit.register.entity
    full = rules.documents_are_public(session)
    versions = history.versions_of(session, visit)
    changes = history.public_changes(session, versions, entity.name, full=full)[::-1]
    annulments = [change for change in changes if change.act == history.ACTS["annulment"]]
    row = published.facts_of(session, visit)
    return render_template(
        "consult/visit.html",
        visit=visit,
        row=row,
        rows=_rows(row),
        entity=entity,
        demo=visit.audience == "demo",
        acts=published.acts_of(session, visit),
        company=published.company_of(session, visit),
        source=history.source_of(visit),
        registered=history.registered(visit, versions[0].at),
        changes=changes,
        annulment=annulments[0] if annulments else None,
    )


def _rows(row: RowMapping) -> list[tuple[str, str]]:
    """Return the rows of the summary that the facts declare."""
    pages = (fact.page for fact in DECLARED if fact.page)
    return [(page.label, row[page.column] or page.empty) for page in pages]
