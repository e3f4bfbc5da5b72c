"""Forms with fields in one line where the screen has room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from app.register.desk.entry.namesakes import NamesakeField
from forms.fields import Part


class Rowed(Part):
    """A form that says which fields are in one line; the others have one each."""

    SIDE_BY_SIDE: ClassVar[tuple[tuple[str, ...], ...]] = ()

    @property
    def rows(self) -> Iterator[list[Any]]:
        """Yield the fields in order, by line; namesakes only if there are some."""
        line_of = {name: line for line in self.SIDE_BY_SIDE for name in line}
        done: set[str] = set()
        for field in self:
            if field.name in done or (isinstance(field, NamesakeField) and not field.choices):
                continue
            line = [self[name] for name in line_of.get(field.name, (field.name,)) if name in self]
            done |= {one.name for one in line}
            yield line
