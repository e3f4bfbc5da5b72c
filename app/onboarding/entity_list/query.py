"""A query to the list of entities: the filters in use, as a URL says them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, url_for
from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import queries
from app.base.models import Entity
from app.onboarding.entity_list import situation
from app.onboarding.entity_list.filter import Filter, OnPath, Options
from app.onboarding.entity_list.filters import ALL, EXTINCT, FILTERS, WITHOUT_STAGE, options_of
from app.onboarding.entity_list.situation import Here
from app.onboarding.entity_list.standing import ANY, Window

#: URL parameters of the filters.
NAMES = frozenset(one.name for one in FILTERS)
#: URL parameters of the list that are not filters.
NOT_FILTERS = ("orden", "pagina")


@dataclass(frozen=True)
class EntityQuery:
    """The filters of the list that are in use: URL parameter → value ("": not in use).

    A URL without `estado` means what is under way, and says `todos` for entities in every state; a
    query without that filter is the latter. `faults`: parameter → message, for invalid values in
    the URL. A parameter at fault does not filter.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, args: Mapping[str, str]) -> EntityQuery:
        """Read a URL or a form.

        `etapa` also takes the states outside every stage. An unknown parameter, or one that is
        there twice, is a fault as a wrong value is.
        """
        values = {one.name: args.get(one.name, "").strip() for one in FILTERS}
        faults = {one.name: one.fault(values[one.name]) for one in FILTERS if values[one.name]}
        if values["etapa"] in WITHOUT_STAGE:
            if values["estado"] not in ("", ALL, values["etapa"]):
                faults["etapa"] = "En ese estado no hay etapa: deja uno de los dos filtros."
            else:
                values["estado"] = values["etapa"]
            values["etapa"] = ""
        for one in FILTERS:
            if one.default:
                value = values[one.name] or one.default
                values[one.name] = "" if value == one.any_value else value
        faults = {name: fault for name, fault in faults.items() if fault}
        faults |= queries.faults(args, (*values, *NOT_FILTERS))
        used = {name: value for name, value in values.items() if value and name not in faults}
        return cls(used, faults)

    def checked(self, options: Mapping[str, Options]) -> EntityQuery:
        """Return the query; a value of a select that is not among its options becomes a fault."""
        wrong = {
            one.name: one.refused
            for one, value in self._used()
            if one.any_label and value not in options[one.name]
        }
        values = {name: value for name, value in self.values.items() if name not in wrong}
        return EntityQuery(values, {**self.faults, **wrong})

    def _used(self) -> Iterator[tuple[Filter, str]]:
        """Return the filters in use with their values, in the order of FILTERS."""
        return ((one, self.values[one.name]) for one in FILTERS if self.values.get(one.name))

    @property
    def params(self) -> dict[str, str]:
        """The parameters of the URL; of those that are not in use, `estado` alone says so."""
        return self._params(self.values)

    @staticmethod
    def _params(values: Mapping[str, str]) -> dict[str, str]:
        """Return what a URL says of these values, in the order of FILTERS."""
        params = {one.name: values.get(one.name, "") or one.any_value for one in FILTERS}
        return {name: value for name, value in params.items() if value}

    @property
    def is_default(self) -> bool:
        """Whether a URL without parameters says the same."""
        return self == EntityQuery.of({})

    @property
    def under_way(self) -> bool:
        """Whether only entities whose onboarding is under way can match."""
        return any(one.under_way and value not in WITHOUT_STAGE for one, value in self._used())

    def address(self, path: str = "", **changes: str) -> str:
        """Return the URL of the list, or of `path`, with some parameters changed ("" removes one).

        Parameters that are not filters (`orden`) come last.
        """
        others = {name: value for name, value in changes.items() if name not in NAMES and value}
        params = self._params({**self.values, **changes}) | others
        path = path or url_for("entities.list_entities")
        return f"{path}?{urlencode(params)}" if params else path

    def words(self, options: Mapping[str, Options]) -> str:
        """Describe the filters in use: `Etapa: Capacitación · Región: Cusco`; "" for none."""
        return " · ".join(
            f"{one.label}: {one.word(value, options[one.name])}" for one, value in self._used()
        )

    def for_batch(self, session: Session) -> dict[str, Any]:
        """Return how the entities of a batch were chosen, for `Batch.data`: all that match."""
        words = self.words(options_of(session)) or "Todas las entidades"
        return {"filter": self.params, "chosen": words}

    def condition(self, session: Session) -> ColumnElement[bool]:
        """Return the condition on Entity. It needs no join.

        Inactive entities never match, except where those that a norm ended are wanted.
        """
        parts: list[ColumnElement[bool]] = []
        here: list[ColumnElement[bool]] = []
        for one, value in self._used():
            condition = one.condition(session, value)
            if isinstance(condition, OnPath):
                here.append(condition.condition)
            else:
                parts.append(condition)
        if here:
            parts.append(Entity.id.in_(select(Here.entity_id).where(situation.newest(), *here)))
        return and_(true() if self.values.get("estado") == EXTINCT else Entity.active, *parts)

    def entities(self, session: Session) -> list[Entity]:
        """Return all entities that match, by name."""
        found = select(Entity).where(self.condition(session)).order_by(Entity.name, Entity.id)
        return list(session.scalars(found))

    def window(self, session: Session) -> Window:
        """Return within which window `plazo` wants a date; any date where it is not in use."""
        when = self.values.get("plazo")
        return situation.window(session, when) if when else ANY

    def back_to_list(self, warning: str) -> Response:
        """Redirect to the list with a warning."""
        flash(warning, "warning")
        return redirect(self.address(), 303)

    def refused(self) -> Response | None:
        """Redirect to the list if the query has faults.

        A parameter at fault does not filter, so a batch would have more entities than meant.
        """
        return self.back_to_list(" ".join(self.faults.values())) if self.faults else None
