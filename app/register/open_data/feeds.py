"""Atom feeds of the topics that can be followed, and the page that explains them."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, current_app, render_template, request

from app.base import db
from app.register.export.answers import OPEN
from app.register.news import atom, items, rosters, topics
from app.register.news.topics import Topic

blueprint = Blueprint("feeds", __name__)

#: Seconds for which a feed may be cached.
CACHE_SECONDS = 300
#: The moment of a feed without items.
EMPTY = datetime(2026, 1, 1, tzinfo=UTC)


@blueprint.get("/seguir")
def show() -> str:
    """Show what can be followed, and how with a feed reader."""
    return render_template("open_data/feeds.html")


@blueprint.get("/visitas/<code>.atom")
def entity(code: str) -> Response:
    """Return the newest visits and interest acts of an entity."""
    return _feed(Topic(topics.ENTITY, code))


@blueprint.get("/decisores/<code>/<key>.atom")
def post(code: str, key: str) -> Response:
    """Return the newest visits, interest acts and holders of a post."""
    return _feed(Topic(topics.POST, f"{code}/{key}"))


@blueprint.get("/representados/<ruc>.atom")
def represented(ruc: str) -> Response:
    """Return the newest visits and interest acts of people who came for a legal person."""
    return _feed(Topic(topics.REPRESENTED, ruc))


@blueprint.get("/correcciones.atom")
def corrections() -> Response:
    """Return the newest corrections and annulments."""
    return _feed(Topic(topics.CORRECTIONS))


def _feed(topic: Topic) -> Response:
    session = db.session()
    followed = topics.find(session, topic) or abort(404)
    found = items.newest(session, followed)
    if followed.post_key:
        found = items.latest([*found, *rosters.holder_items(session, followed)])
    body = atom.write(
        title=followed.name,
        base=current_app.config["PUBLIC_URL"],
        path=followed.feed,
        page=followed.path,
        author=current_app.config["RESPONSIBLE"] or "Zaguán",
        items=found,
        empty=EMPTY,
    )
    response = Response(body, content_type=atom.MEDIA_TYPE, headers=OPEN)
    response.last_modified = max((item.at for item in found), default=EMPTY)
    response.cache_control.public = True
    response.cache_control.max_age = CACHE_SECONDS
    response.add_etag()
    response.make_conditional(request)
    return response
