"""The public bodies, and the days on which they do not work."""

from __future__ import annotations

import unicodedata
from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    UniqueConstraint,
    and_,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.base.models.base import Base
from app.base.models.people import User


def plain(words: str) -> str:
    """Words as searches compare them: lower case, without accents, single spaces."""
    letters = words.casefold()
    if not letters.isascii():
        marked = unicodedata.normalize("NFD", letters)
        letters = "".join([sign for sign in marked if not unicodedata.combining(sign)])
    return " ".join(letters.split())


class Entity(Base):
    """A public body of the catalogue; `code` is its public key."""

    __tablename__ = "entity"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    acronym: Mapped[str] = mapped_column(default="")
    level: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="")
    sector: Mapped[str] = mapped_column(default="")
    ubigeo: Mapped[str] = mapped_column(default="")
    department: Mapped[str] = mapped_column(default="")
    province: Mapped[str] = mapped_column(default="")
    district: Mapped[str] = mapped_column(default="")
    ruc: Mapped[str] = mapped_column(default="")
    #: The RUC, while a coordinator has to confirm that another entity shares it (`app.cases.rucs`).
    ruc_to_confirm: Mapped[str] = mapped_column(default="", server_default=text("''"))
    origin: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    website_kind: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    has_register: Mapped[bool] = mapped_column(default=False)
    #: Address of the entity's own mesa de partes, where the activation code goes.
    contact_email: Mapped[str] = mapped_column(default="")
    #: Who signs for it, as an import of contacts said; where that stands, and since when.
    contact_authority: Mapped[str] = mapped_column(default="", server_default=text("''"))
    contact_source: Mapped[str] = mapped_column(default="", server_default=text("''"))
    contact_on: Mapped[date | None]
    #: Name, acronym, code, RUC and place without accents, in lower case: what the list searches.
    search_text: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(default=True)
    #: The entity that took over all that was of this one, which was its duplicate.
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("entity.id"))
    sip_coordinator_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    sgtd_coordinator_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    sip_coordinator: Mapped[User | None] = relationship(foreign_keys=[sip_coordinator_id])
    sgtd_coordinator: Mapped[User | None] = relationship(foreign_keys=[sgtd_coordinator_id])

    @property
    def place(self) -> str:
        """Where it is, to tell namesakes apart: "Distrito, Provincia, Departamento"."""
        return ", ".join(part for part in (self.district, self.province, self.department) if part)

    @property
    def url(self) -> str:
        """Its address, stable because the code is."""
        return f"/entidades/{self.code}"

    def index(self) -> None:
        """Brings `search_text` up to date; called by whoever changes what it is made of."""
        parts = (self.code, self.name, self.acronym, self.ruc, self.place)
        self.search_text = plain(" ".join(part for part in parts if part))


#: Words of a search that are heard.
MOST_WORDS = 8


def matching(typed: str) -> ColumnElement[bool]:
    """The condition on Entity: every word typed stands in its name, place, code or RUC."""
    words = plain(typed).split()[:MOST_WORDS]
    return and_(true(), *(Entity.search_text.contains(word, autoescape=True) for word in words))


class NonWorkingDay(Base):
    """A day decreed as non-working, beside the national holidays (see `app.base.calendar`)."""

    __tablename__ = "non_working_day"
    __table_args__ = (
        UniqueConstraint("on", "scope", "place"),
        CheckConstraint("scope in ('national', 'region', 'entity')", name="scope"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    on: Mapped[date]
    scope: Mapped[str]
    #: "" nationally, a department's name, or an entity's code.
    place: Mapped[str] = mapped_column(default="")
    norm: Mapped[str]
