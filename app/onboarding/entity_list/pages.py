"""The list of entities: a page of it, and all of it as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from flask import Response, current_app, render_template, request
from sqlalchemy.orm import Session

from app.base import calendar, db, queries
from app.base.paging import Paging, page_number
from app.onboarding import batches
from app.onboarding.entity_list import columns, export, ordering, rows, standing
from app.onboarding.entity_list.blueprint import blueprint
from app.onboarding.entity_list.columns import COLUMNS
from app.onboarding.entity_list.filter import Options
from app.onboarding.entity_list.filters import FILTERS, options_of
from app.onboarding.entity_list.ordering import ORDERS
from app.onboarding.entity_list.query import EntityQuery
from app.people import access, downloads
from app.register.export import answers

#: Value of `estado` ("": any) → the label of the link above the list.
STATE_LINKS: Mapping[str, str] = {
    "en-marcha": "En marcha",
    "sin-iniciar": "Sin iniciar",
    "terminado": "Terminadas",
    "": "Todas",
}


class Select(NamedTuple):
    """A select of the page."""

    name: str
    label: str
    value: str
    options: Sequence[tuple[str, str]]


class Heading(NamedTuple):
    """The heading of a column.

    Its name (`columns.COLUMNS`; "": the entity), its label, the URL that sorts by it, and
    `aria-sort` ("" if not sorted).
    """

    name: str
    label: str
    url: str
    sorted: str


@dataclass(frozen=True)
class Listed:
    """The query of a URL, its order, and the options of the filters."""

    query: EntityQuery
    order: str
    options: Mapping[str, Options]

    @classmethod
    def of(cls, session: Session) -> Listed:
        """Read the URL of the request."""
        options = options_of(session)
        query = EntityQuery.of(request.args).checked(options)
        order = request.args.get("orden", "")
        if not ordering.is_order(order):
            faults = {**query.faults, "orden": "Elige un orden de la lista."}
            query, order = replace(query, faults=faults), ordering.UNDER_WAY
        return cls(query, order, options)

    def address(self, path: str = "", **changes: str) -> str:
        """Return the URL of the same list with some parameters changed."""
        return self.query.address(path, **({"orden": self.order} | changes))

    def headings(self, shown: Sequence[str]) -> list[Heading]:
        """Return the headings of the entity's name and of these columns."""
        heads = [("", "Entidad", "nombre")]
        heads += [(name, COLUMNS[name].label, COLUMNS[name].order) for name in shown]
        return [
            Heading(
                name,
                label,
                self.address(orden=f"-{order}" if self.order == order else order),
                {order: "ascending", f"-{order}": "descending"}.get(self.order, ""),
            )
            for name, label, order in heads
        ]

    def state_links(self) -> list[dict[str, Any]]:
        """Return links to the same list in the groups of states, and in all of them."""
        state = self.query.values.get("estado", "")
        return [
            {"label": label, "url": self.address(estado=value), "current": value == state}
            for value, label in STATE_LINKS.items()
        ]

    def selects(self, control: str) -> list[Select]:
        """Return the selects of the filters with this control."""
        return [
            Select(
                one.name,
                one.label,
                self.query.values.get(one.name, one.any_value),
                [(one.any_value, one.any_label), *self.options[one.name].items()],
            )
            for one in FILTERS
            if one.control == control
        ]

    def order_select(self) -> Select:
        """Return the select of orders: all of them, then those that are offered in reverse."""
        both = [(name, order.label) for name, order in ORDERS.items()]
        both += [
            (f"-{name}", f"{order.label}: {order.reverse}")
            for name, order in ORDERS.items()
            if order.reverse
        ]
        return Select("orden", "Ordenar por", self.order, both)


@blueprint.get("/entidades")
def list_entities() -> str | tuple[str, int]:
    """Show the entities that match the URL, in its order, 50 a page."""
    return page(Listed.of(db.session()))


def page(listed: Listed) -> str | tuple[str, int]:
    """Render a page of the list; with faults, their messages at the fields, and status 400."""
    session, query = db.session(), listed.query
    ids = [] if query.faults else ordering.ids(session, query, listed.order)
    number = 1 if query.faults else page_number()
    paging = Paging(len(ids), number, standing.PER_PAGE)
    on_page = export.in_order(session, ids[paging.offset : paging.offset + paging.size])
    window, names = query.window(session), listed.options["coordinador"]
    shown, refused = columns.chosen(access.me()), columns.refused()
    ticked = shown if refused is None else refused
    fields = [one.name for one in FILTERS if one.on_page]
    used = {"orden": listed.order, **query.params, **query.faults}
    text = render_template(
        "entities/list.html",
        entities=[
            rows.row(session, one, window, names, query.values.get("q", ""))
            for one in standing.standings(session, on_page)
        ],
        headings=listed.headings(shown),
        columns=[(name, one.label, name in ticked) for name, one in COLUMNS.items()],
        columns_refused=refused is not None,
        most_columns=columns.MOST,
        listed=listed,
        faults=queries.at_fields(query.faults, (*fields, "orden")),
        words=query.words(listed.options),
        states=listed.state_links(),
        is_default=query.is_default,
        more=[*listed.selects("more"), listed.order_select()],
        more_open=any(used.get(one.name) for one in listed.selects("more")) or used["orden"],
        hidden={name: value for name, value in query.params.items() if name not in fields},
        total=paging.total,
        page=paging,
        may_start=access.may(access.me(), "start_onboarding"),
        acts=batches.offered(access.me(), "entities"),
    )
    return (text, 400) if query.faults else text


@blueprint.get("/entidades.<any(csv,xlsx):ending>")
def list_file(ending: str) -> Response | str | tuple[str, int]:
    """Send all entities that match the URL, in its order, as a file."""
    listed = Listed.of(db.session())
    if listed.query.faults:
        return page(listed)
    downloads.begin()
    ids = ordering.ids(db.session(), listed.query, listed.order)
    window = listed.query.window(db.session())
    engine = current_app.extensions["engine"]
    db.session().close()  # the file is read on its own connection, for as long as the download
    name = f"entidades-{calendar.today().isoformat()}"
    if ending == "xlsx":
        return answers.workbook(
            lambda file: export.as_workbook(engine, ids, window, file), name, NO_STORE
        )
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'} | NO_STORE
    lines = export.as_csv(engine, ids, window)
    return answers.streamed(lines, "text/csv; charset=utf-8", headers)


#: The file says who is late and who is in charge, so no cache stores it.
NO_STORE = {"Cache-Control": "no-store"}
