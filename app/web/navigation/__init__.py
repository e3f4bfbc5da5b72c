"""The menu at the top of every page, at most six places, and *Más*, which has the rest.

A user of the PCM has the places of a day. The pages of the platform, of mails and of what is set up
once are below *Más*, whose link has a mark while something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from flask import Blueprint, Flask, render_template, request, url_for

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
    """Show the pages that are not in the menu, by group, with counts."""
    user = access.require("see_today")
    counted = counts.read(db.session(), counts.of(user))
    groups = [
        (title, [(page, counted.get(page.counts, 0)) for page in pages])
        for title, pages in groupby(pages_below(user), key=lambda page: page.group)
    ]
    entities = own_entities(user)
    own = [(label_of(one, entities), one.url) for one in entities] + own_desks(user, entities)
    return render_template("more/show.html", groups=groups, own=own)


def public_menu() -> list[dict[str, Any]]:
    """Return the entries of the menu of the public."""
    return _marked([(label, url_for(page)) for label, page in PUBLIC_PLACES])


def menu_of(user: User) -> list[dict[str, Any]]:
    """Return the entries of a user's menu: label, url, `current` (a value of aria-current or ""),
    and `mark`, what is wrong below the entry."""
    places = places_of(user)
    entries = [(label, url_for(page)) for label, page in places]
    if any(page == "more.show" for _, page in places):
        menu = _marked(entries, below=pages_below(user))
        menu[-1]["mark"] = _warning(user)
        return menu
    entities = own_entities(user)
    entries += [(label_of(entity, entities), entity.url) for entity in entities]
    entries += own_desks(user, entities)
    return _marked(entries[:MOST])


def places_of(user: User) -> list[tuple[str, str]]:
    """Return the places of the menu that a user may see: label and endpoint."""
    return [(label, page) for label, page, action in PLACES if access.may_somewhere(user, action)]


def pages_below(user: User) -> list[Page]:
    """Return the pages below *Más* that a user may see, in order."""
    return [page for page in PAGES if access.may(user, page.action)]


def _marked(entries: Sequence[tuple[str, str]], below: Iterable[Page] = ()) -> list[dict[str, Any]]:
    """Return entries of a menu; the one of the present page, or above it, is `current`."""
    place = _place([url for _, url in entries], below)
    return [
        {
            "label": label,
            "url": url,
            "current": ("page" if request.path == url else "true") if url == place else "",
        }
        for label, url in entries
    ]


def _place(urls: Sequence[str], below: Iterable[Page]) -> str:
    """Return which of some places the present page belongs to; "" for none."""
    found = max((url for url in urls if request.path.startswith(url)), key=len, default="")
    if found or request.blueprint is None:
        return found
    if any(page.endpoint.partition(".")[0] == request.blueprint for page in below):
        return url_for("more.show")
    home = WITHIN.get(request.blueprint)
    return url_for(home) if home else ""


def _warning(user: User) -> int:
    """Return how many matters below *Más* need a hand, in at most one statement."""
    warned = {page.counts for page in PAGES if page.warns}
    wanted = {name: what for name, what in counts.of(user).items() if name in warned}
    return sum(counts.read(db.session(), wanted).values())


def own_entities(user: User) -> list[Entity]:
    """Return the entities of a person; the menu shows at most three."""
    ids = sorted(access.entities_of(user))[:3]
    found = [db.session().get(Entity, entity_id) for entity_id in ids]
    return [entity for entity in found if entity is not None]


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
