"""The menu at the top of every page, at most six places, and *Más*, which has the rest.

A user of the PCM has the places of a day. The pages of the platform, of mails and of what is set up
once are below *Más*, whose link has a mark while something is wrong. A user of entities has these
and their desks; what exceeds six places is below *Más*, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from flask import Blueprint, Flask, abort, render_template, request, url_for
from sqlalchemy import select

from app.base import db
from app.base.models import Entity, User
from app.people import access
from app.register.registers import environments
from app.web.navigation import counts
from app.web.navigation.places import PAGES, PLACES, PUBLIC_PLACES, WITHIN, Page

blueprint = Blueprint("more", __name__)

#: Most places of a menu.
MOST = 6
#: Longer than this, an entity is "Mi entidad" in the menu: its whole name stands on its pages.
LONGEST_LABEL = 40


def init_app(app: Flask) -> None:
    """Add the page *Más*."""
    app.register_blueprint(blueprint)


@blueprint.get("/mas")
def show() -> str:
    """Show the pages that are not in the menu, by group, with counts, and the user's entities."""
    user = access.me() or abort(404)
    counted = counts.read(db.session(), counts.of(user))
    groups = [
        (title, [(page, counted.get(page.counts, 0)) for page in pages])
        for title, pages in groupby(pages_below(user), key=lambda page: page.group)
    ]
    return render_template("more/show.html", groups=groups, own=own_places(user))


def public_menu() -> list[dict[str, Any]]:
    """Return the entries of the menu of the public."""
    entries = [(label, url_for(page)) for label, page in PUBLIC_PLACES]
    return _marked(entries, _place(entries))


def menu_of(user: User) -> list[dict[str, Any]]:
    """Return the entries of a user's menu: label, url, `current` (a value of aria-current or ""),
    and `mark` of *Más*: the number of matters below it that need a hand."""
    entries = [(label, url_for(page)) for label, page in places_of(user)]
    more, of_pcm = ("Más", url_for("more.show")), access.may(user, "see_today")
    if of_pcm:
        menu = _marked([*entries, more], _place([*entries, more], pages_below(user)))
        menu[-1]["mark"] = _warning(user)
        return menu
    entries += own_places(user)
    shown = entries if len(entries) <= MOST else [*entries[: MOST - 1], more]
    place = _place([*entries, more])
    is_shown = any(url == place for _, url in shown)
    menu = _marked(shown, place if is_shown or not place else more[1])
    if shown is not entries:
        menu[-1]["mark"] = 0
    return menu


def places_of(user: User) -> list[tuple[str, str]]:
    """Return the places of the menu that a user may see: label and endpoint."""
    return [(label, page) for label, page, action in PLACES if access.may_somewhere(user, action)]


def pages_below(user: User) -> list[Page]:
    """Return the pages below *Más* that a user may see, in order."""
    return [page for page in PAGES if access.may(user, page.action)]


def _marked(entries: Sequence[tuple[str, str]], place: str) -> list[dict[str, Any]]:
    """Return entries of a menu; the one with the URL `place` is `current`."""
    return [
        {
            "label": label,
            "url": url,
            "current": ("page" if request.path == url else "true") if url == place else "",
        }
        for label, url in entries
    ]


def _place(entries: Sequence[tuple[str, str]], below: Iterable[Page] = ()) -> str:
    """Return the URL of the entry that the present page belongs to; "" for none.

    `below`: the pages that belong to *Más*.
    """
    begun = (url for _, url in entries if request.path.startswith(url))
    found = max(begun, key=len, default="")
    if found or request.blueprint is None:
        return found
    if any(page.endpoint.partition(".")[0] == request.blueprint for page in below):
        return url_for("more.show")
    home = WITHIN.get(request.blueprint)
    return url_for(home) if home else ""


def _warning(user: User) -> int:
    """Return how many matters below *Más* need a hand, in at most one statement."""
    warned = dict.fromkeys(page.counts for page in PAGES if page.warns)
    return sum(counts.read(db.session(), counts.of(user, warned)).values())


def own_places(user: User) -> list[tuple[str, str]]:
    """Return the entities of a user and their desks: label and URL."""
    entities = own_entities(user)
    places = [(label_of(entity, entities), entity.url) for entity in entities]
    return places + own_desks(user, entities)


def own_entities(user: User) -> Sequence[Entity]:
    """Return the entities in which a user has a role, in the order of their ids."""
    session, ids = db.session(), access.entities_of(user)
    if len(ids) <= 1:  # mostly the entity of the page, which is loaded
        return [session.get_one(Entity, one) for one in ids]
    return session.scalars(select(Entity).where(Entity.id.in_(ids)).order_by(Entity.id)).all()


def label_of(entity: Entity, among: Sequence[Entity]) -> str:
    """Return the label of an entity in the menu of a user who has these entities."""
    label = entity.acronym or entity.name
    return "Mi entidad" if len(among) == 1 and len(label) > LONGEST_LABEL else label


def own_desks(user: User, entities: Sequence[Entity]) -> list[tuple[str, str]]:
    """Return the desks where a user records visits: label and URL, at most one per entity.

    It is the one of production, or of the demo until production is open.
    """
    ours = {one.id: one for one in entities if access.may(user, "record_visits", one)}
    if not ours:
        return []
    desks: dict[int, str] = {}
    for register in environments.of_entities(db.session(), ours):  # production first
        entity = ours[register.entity_id]
        address = url_for("desk.show", code=entity.code, env=register.path)
        desks.setdefault(entity.id, address)
    return [
        (
            f"Visitas: {ours[one].acronym or ours[one].name}"
            if len(desks) > 1
            else "Registro de visitas",
            address,
        )
        for one, address in desks.items()
    ]
