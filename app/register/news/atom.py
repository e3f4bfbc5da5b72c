"""A feed of items in Atom (RFC 4287)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree
from lxml.builder import ElementMaker

from app.register.news.items import Item

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
ATOM = "http://www.w3.org/2005/Atom"


def write(
    *,
    title: str,
    base: str,
    path: str,
    page: str,
    author: str,
    items: Sequence[Item],
    empty: datetime,
) -> bytes:
    """Return the feed as XML. Its moment is the newest item's, or `empty` if there is none.

    `base` is the address of the site; `path` is the feed's path, and `page` its page's path.
    """
    make = ElementMaker(namespace=ATOM, nsmap={None: ATOM})
    updated = max((item.at for item in items), default=empty)
    feed = make.feed(
        make.id(f"{base}{path}"),
        make.title(_text(title)),
        make.updated(_moment(updated)),
        make.link(rel="self", type="application/atom+xml", href=f"{base}{path}"),
        make.link(rel="alternate", type="text/html", href=f"{base}{page}"),
        make.author(make.name(_text(author))),
        *(
            make.entry(
                make.id(f"{base}{item.key}"),
                make.title(_text(item.title)),
                make.updated(_moment(item.at)),
                make.link(rel="alternate", type="text/html", href=f"{base}{item.path}"),
                make.summary(_text(item.text)),
            )
            for item in items
        ),
    )
    return bytes(etree.tostring(feed, xml_declaration=True, encoding="utf-8"))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _text(text: str) -> str:
    """Return the text in one line, without the characters that XML cannot hold."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
