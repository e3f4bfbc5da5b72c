"""The topics that can be followed: an entity, a post, a represented legal person, all corrections.

A natural person is never a topic, neither by name nor by number. A RUC that does not begin with 20
is a natural person's, or may be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.base.models import Register
from app.base.urls import path_for
from app.register.registers import roster
from app.register.search import published
from forms.fields.identifiers import ruc_fault, tidy_ruc

#: The kinds of topics.
ENTITY, POST, REPRESENTED, CORRECTIONS = "entidad", "cargo", "representado", "correcciones"


class Endpoints(NamedTuple):
    """The endpoints of a kind of topic, and the parts of its key that their addresses hold."""

    page: str
    feed: str
    parts: tuple[str, ...] = ()


ENDPOINTS: Mapping[str, Endpoints] = {
    ENTITY: Endpoints("consult.list_of_entity", "feeds.entity", ("code",)),
    POST: Endpoints("decision_makers.show_post", "feeds.post", ("code", "key")),
    REPRESENTED: Endpoints("represented.show", "feeds.represented", ("ruc",)),
    CORRECTIONS: Endpoints("corrections.show", "feeds.corrections"),
}


@dataclass(frozen=True)
class Topic:
    """Something that can be followed: a kind, and the public key of one thing of that kind."""

    kind: str
    subject: str = ""


@dataclass(frozen=True)
class Followed:
    """A topic that exists today, with its name and the addresses of its pages."""

    topic: Topic
    name: str
    register: Register | None = None
    #: The key of a post in the roster of its register.
    post_key: str = ""

    @property
    def path(self) -> str:
        """The path of its public page."""
        return self._path_for(ENDPOINTS[self.topic.kind].page)

    @property
    def feed(self) -> str:
        """The path of its Atom feed."""
        return self._path_for(ENDPOINTS[self.topic.kind].feed)

    def _path_for(self, endpoint: str) -> str:
        parts = ENDPOINTS[self.topic.kind].parts
        subject = self.topic.subject.split("/", 1)
        return path_for(endpoint, **dict(zip(parts, subject, strict=False)))


def find(session: Session, topic: Topic) -> Followed | None:
    """Return a topic with its current key and names; None if it cannot be followed."""
    if topic.kind == ENTITY:
        return _entity(session, topic.subject)
    if topic.kind == POST:
        return _post(session, *topic.subject.partition("/")[::2])
    if topic.kind == REPRESENTED:
        return _represented(topic.subject)
    return Followed(topic, "Visitas y actos corregidos y anulados, de todas las entidades")


def is_legal_person(ruc: str) -> bool:
    """Return whether a text is the RUC of a legal person, with its check digit."""
    return ruc_fault(ruc) == ""


def represented_fault(typed: str) -> tuple[str, str]:
    """Return the tidied RUC, and why it cannot be looked up ("" if it can)."""
    ruc = tidy_ruc(typed)
    if ruc.isascii() and ruc.isdigit() and len(ruc) == 11 and not ruc.startswith("20"):
        return ruc, NATURAL
    if ruc.isascii() and ruc.isdigit() and len(ruc) == 8:
        return ruc, NATURAL
    return ruc, ruc_fault(ruc, entity=False)


NATURAL = (
    "Ese número es de una persona natural, o puede serlo: aquí solo se busca el RUC de una persona "
    "jurídica, que empieza con 20."
)


def _entity(session: Session, code: str) -> Followed | None:
    register = published.register_of(session, code)
    return of_register(register) if register else None


def of_register(register: Register) -> Followed:
    """Return the topic of the entity that has a public register."""
    entity = register.entity
    return Followed(Topic(ENTITY, entity.code), entity.name, register)


def _post(session: Session, code: str, key: str) -> Followed | None:
    register = published.register_of(session, code)
    post = roster.find_post(session, register, key) if register and key else None
    return of_post(register, key, post) if register and post else None


def of_post(register: Register, key: str, post: roster.Post) -> Followed:
    """Return the topic of a post of a public roster."""
    entity = register.entity
    parts = (post.name, post.unit, entity.name)
    return Followed(
        Topic(POST, f"{entity.code}/{key}"),
        ", ".join(part for part in parts if part),
        register,
        key,
    )


def _represented(ruc: str) -> Followed | None:
    if not is_legal_person(ruc):
        return None
    return Followed(Topic(REPRESENTED, ruc), f"Visitas en representación del RUC {ruc}")
