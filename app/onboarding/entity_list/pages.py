"""The list of entities: what is asked of it, one page, and all of it as a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Response, current_app, render_template, request, url_for
from sqlalchemy.orm import Session

from app.base import calendar, db, queries
from app.base.paging import Paging, page_number
from app.onboarding import batches
from app.onboarding.entities import presenters
from app.onboarding.entities.pages import blueprint
from app.onboarding.entity_list import export, ordering, standing
from app.onboarding.entity_list.choices import CHOSEN, Choices
from app.onboarding.entity_list.filters import PATH, Asked
from app.onboarding.entity_list.ordering import ORDERS
from app.people import access, downloads
from app.register.export import answers

#: Lists that stand folded away until one is used.
FOLDED = ("plazo", "coordinador", "nivel", "region", "sector")
#: Columns of the page → the order that their heading leads to.
HEADINGS = {
    "Entidad": "nombre",
    "Etapa": "etapa",
    "Estado": "estado",
    "En manos de": "manos",
    "Días hábiles": "total",
    "Qué sigue": "plazo",
}


@dataclass(frozen=True)
class Listed:
    """What an address asks of the list, and in which order."""

    asked: Asked
    order: str
    choices: Choices

    @classmethod
    def of(cls, session: Session) -> Listed:
        """From the address of the request."""
        choices = Choices.read(session)
        asked = choices.held_against(Asked.of(request.args))
        order = request.args.get("orden", "")
        if not ordering.is_order(order):
            faults = {**asked.faults, "orden": "Elige un orden de la lista."}
            asked, order = replace(asked, faults=faults), ordering.UNDER_WAY
        return cls(asked, order, choices)

    def address(self, path: str = PATH, **changes: str) -> str:
        """The address of the same list, with something changed."""
        return self.asked.address(path, **({"orden": self.order} | changes))

    def headings(self) -> list[dict[str, Any]]:
        """The columns of the page: what each says, where it leads, and how it is sorted now."""
        return [
            {
                "label": label,
                "url": self.address(orden=f"-{name}" if self.order == name else name),
                "sorted": {name: "ascending", f"-{name}": "descending"}.get(self.order, ""),
            }
            for label, name in HEADINGS.items()
        ]

    def orders(self) -> list[tuple[str, str]]:
        """The orders that can be chosen."""
        both = {"dias": "más días primero", "total": "más días primero"}
        found = [(name, order.label) for name, order in ORDERS.items()]
        return found + [(f"-{name}", f"{ORDERS[name].label}: {say}") for name, say in both.items()]


@blueprint.get("/entidades")
def list_entities() -> str | tuple[str, int]:
    """The entities that the address asks for, in its order, 50 a page."""
    return page(Listed.of(db.session()))


def page(listed: Listed) -> str | tuple[str, int]:
    """A page of the list; what cannot be asked is told at its field."""
    session, asked = db.session(), listed.asked
    ids = [] if asked.faults else ordering.ids(session, asked, listed.order)
    number = 1 if asked.faults else page_number()
    paging = Paging(len(ids), number, standing.PER_PAGE)
    chosen = export.in_order(session, ids[paging.offset : paging.offset + paging.size])
    selects = listed.choices.selects(asked)
    hidden = {name: value for name, value in asked.params.items() if name not in (*CHOSEN, "q")}
    validating = access.may(access.me(), "validate_stage")
    validate_url = listed.address(url_for("validating.validate_many")) if validating else ""
    window = asked.window(session)
    text = render_template(
        "entities/list.html",
        entities=[
            presenters.row(session, one, window) for one in standing.standings(session, chosen)
        ],
        listed=listed,
        faults=queries.at_fields(asked.faults, (*CHOSEN, "q", "orden")),
        words=listed.choices.words(asked),
        filters=[one for one in selects if one["name"] not in FOLDED],
        folded=[one for one in selects if one["name"] in FOLDED],
        unfolded=bool(listed.order) or any(n in {**asked.params, **asked.faults} for n in FOLDED),
        hidden=hidden,
        total=paging.total,
        page=paging,
        may_start=access.may(access.me(), "start_onboarding"),
        validate_url=validate_url,
        actions=[{"label": "Convalidar etapas de toda la lista", "url": validate_url}]
        if validating and paging.total <= batches.VALIDATIONS.most
        else [],
        startable=not asked.under_way,
    )
    return (text, 400) if asked.faults else text


@blueprint.get("/entidades.<any(csv,xlsx):ending>")
def list_file(ending: str) -> Response | str | tuple[str, int]:
    """All that the address asks for, in its order, as a file."""
    listed = Listed.of(db.session())
    if listed.asked.faults:
        return page(listed)
    downloads.begin()
    ids = ordering.ids(db.session(), listed.asked, listed.order)
    window = listed.asked.window(db.session())
    engine = current_app.extensions["engine"]
    db.session().close()  # what follows reads on its own connection, as long as somebody takes it
    name = f"entidades-{calendar.today().isoformat()}"
    if ending == "xlsx":
        return answers.workbook(
            lambda file: export.as_workbook(engine, ids, window, file), name, NOT_KEPT
        )
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'} | NOT_KEPT
    lines = export.as_csv(engine, ids, window)
    return answers.streamed(lines, "text/csv; charset=utf-8", headers)


#: It says who is late and who is in charge: no cache keeps it.
NOT_KEPT = {"Cache-Control": "no-store"}
