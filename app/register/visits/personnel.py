"""Officials and sites: personnel of the SIP-RVL-002, and decision-makers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.formatting import plain
from app.base.models import DecisionMaker, Official, Register, Site
from forms.shapes.decision_makers import ACTING, TITULAR, is_acting
from forms.shapes.post_keys import key_of

DOCUMENT = ("document_type", "document_number")
#: Columns that identify a holder: a change of one begins another row.
POST = (*DOCUMENT, "post", "unit")
#: Columns that are corrected in the same row.
DETAILS = ("given_names", "surnames", "site", "profile")

Row = Mapping[str, Any]


def receive(session: Session, register: Register, rows: Sequence[Row], on: date) -> None:
    """Update a register's personnel and sites from an accepted SIP-RVL-002.

    A new person is there from that day; a baja, or a person who is no longer listed, until that
    day.
    """
    there = {
        tuple(getattr(official, name) for name in POST): official
        for official in session.scalars(
            select(Official).where(Official.register_id == register.id, Official.to_on.is_(None))
        )
    }
    altas = {tuple(row[name] for name in POST): row for row in rows if row["movement"] == "alta"}
    for key, official in there.items():
        if key not in altas:
            official.to_on = max(official.from_on, on)
    for key, row in altas.items():
        found = there.get(key)
        official = found or Official(register_id=register.id, from_on=on, to_on=None)
        for name in (*POST, *DETAILS):
            setattr(official, name, row[name])
        official.search_text = plain(
            " ".join((row["surnames"], row["given_names"], row["post"], row["unit"]))
        )
        if found is None:
            session.add(official)
    _receive_sites(session, register, {row["site"] for row in altas.values() if row["site"]}, on)
    session.flush()


def _receive_sites(session: Session, register: Register, names: set[str], on: date) -> None:
    """Update the sites: those of the personnel."""
    there = {
        site.name: site
        for site in session.scalars(select(Site).where(Site.register_id == register.id))
    }
    for name, site in there.items():
        if name not in names and site.to_on is None:
            site.to_on = max(site.from_on, on)
    for name in sorted(names):
        if name in there:
            there[name].to_on = None
        else:
            session.add(Site(register_id=register.id, name=name, from_on=on, to_on=None))


def receive_decision_makers(
    session: Session, register: Register, posts: Sequence[Row], on: date
) -> None:
    """Update the roster of decision-makers from what the authority approved.

    A person who is no longer listed held the post until that day: the roster is dated, and public.
    """
    key = ("post", "unit", *DOCUMENT, "from_on")
    there = {
        tuple(str(getattr(holder, name)) for name in key): holder
        for holder in session.scalars(
            select(DecisionMaker).where(DecisionMaker.register_id == register.id)
        )
    }
    wanted = {tuple(str(post[name]) for name in key): post for post in posts}
    for identity, holder in there.items():
        if identity not in wanted and holder.to_on is None:
            holder.to_on = max(holder.from_on, on)
    for identity, post in wanted.items():
        found = there.get(identity)
        holder = found or DecisionMaker(register_id=register.id)
        for name in ("post", "unit", "ground", "norm", *DOCUMENT):
            setattr(holder, name, post[name])
        holder.given_names, holder.surnames = post["given_names"], post["surnames"]
        holder.capacity = ACTING if is_acting(post) else TITULAR
        holder.resolution = post.get("resolution", "")
        holder.post_key = key_of(post)
        holder.from_on = date.fromisoformat(post["from_on"])
        holder.to_on = date.fromisoformat(post["to_on"]) if post["to_on"] else None
        if found is None:
            session.add(holder)
    session.flush()


def official_on(
    session: Session, register: Register, official_id: int, day: date
) -> Official | None:
    """Return the official of this register who held the post on that day."""
    official = session.get(Official, official_id)
    if official is None or official.register_id != register.id:
        return None
    ended = official.to_on is not None and official.to_on < day
    return None if ended or official.from_on > day else official
