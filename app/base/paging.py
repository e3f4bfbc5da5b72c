"""Pages of long lists, by number in the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Select, func
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from app.base import queries

One = TypeVar("One")


def page_number() -> int:
    """Return the page that the address asks for (`pagina`), 1 without it.

    Raise queries.CannotAsk for a value that is not a page.
    """
    text = request.args.get("pagina", "1")
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not int(text):
        raise queries.no_value("pagina", "Las páginas se dicen por su número, desde 1.")
    return int(text)


@dataclass(frozen=True)
class Paging:
    """Which part of a list is shown. Raises BeyondTheEnd for a page that there is not."""

    total: int
    number: int
    size: int

    def __post_init__(self) -> None:
        if self.number > self.pages:
            raise BeyondTheEnd(self)

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """The number of rows before the page."""
        return (self.number - 1) * self.size

    def url(self, number: int) -> str:
        """Return the address of another page of the same list."""
        others = [(key, value) for key, value in request.args.items(multi=True) if key != "pagina"]
        return f"{request.path}?{urlencode([*others, ('pagina', number)])}"


def paged(session: Session, query: Select[One], size: int) -> tuple[Paging, Select[One]]:
    """Return the page of a query's rows that the address asks for, and the query of its rows."""
    count = query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    page = Paging(session.scalars(count).one(), page_number(), size)
    return page, query.limit(size).offset(page.offset)


class BeyondTheEnd(NotFound):
    """A list has fewer pages than the address asks for; `paging` knows how many there are."""

    def __init__(self, paging: Paging) -> None:
        super().__init__()
        self.paging = paging
