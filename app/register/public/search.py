"""The search over all public visits, over the visits of one entity, and over those of a demo."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import Entity, Register
from app.people.access import this_entity
from app.register import quality, search
from app.register.facts.values import CATEGORIES
from app.register.news import topics
from app.register.public.shared import address, keep_out, unpublished_page
from app.register.registers import empty_days, environments, evidence, rules
from app.register.search import Found, published
from app.register.search.query import Query

blueprint = Blueprint("consult", __name__)
blueprint.after_request(keep_out)

#: A place in the order of all visits, as `antes` says it.
PLACE = re.compile(r"[0-9]{1,19}", re.ASCII)
LAST_PLACE = 2**63 - 1
#: The last days without visits that an entity's page names.
EMPTY_DAYS = 10
#: The parameters with a field, in the order of the page.
FIELDS = ("q", "entidad", "desde", "hasta", "categoria", "estado")
#: Filters that are folded until one is used.
FOLDED = ("categoria", "intereses", "estado", "visitante")


@blueprint.get("/visitas")
def list_all() -> Response | str | tuple[str, int]:
    """Show the visits of all entities, or the results of a search, newest first."""
    wanted = published.wanted(db.session(), request.args)
    return _page(
        wanted.query,
        chosen=wanted.chosen,
        typed=request.args.get("entidad", "").strip(),
        offered=wanted.offered,
        unpublished=wanted.unpublished,
    )


@blueprint.get("/visitas/<code>")
def list_of_entity(code: str) -> Response | str | tuple[str, int]:
    """Show the visits of one entity whose register is public."""
    register = published.register_of(db.session(), code)
    if register is None:
        return unpublished_page(code, "Visitas")
    return _page(Query.of({**request.args, "entidad": code}), register=register)


@blueprint.get("/demo/<code>/visitas")
def list_demo(code: str) -> Response | str | tuple[str, int]:
    """Show the visits of an entity's demo, to its people and its reviewers."""
    register = environments.find(db.session(), this_entity(), "demo") or abort(404)
    query = Query.of({**request.args, "entidad": ""}, register_id=register.id)
    answer = _page(query, register=register)
    if query.params and not query.faults and request.method == "GET" and not _after():
        evidence.note_use(register, "search")
    return answer


def _page(
    query: Query,
    *,
    register: Register | None = None,
    chosen: Entity | None = None,
    typed: str = "",
    offered: Sequence[Entity] = (),
    unpublished: Sequence[Entity] = (),
) -> str | tuple[str, int]:
    """Render a page of results; `register`: of one entity, `chosen`: the entity that was chosen."""
    after = _after()
    faults = _faults(query)
    if unpublished:  # not a fault: the entity is known, and publishes nothing here
        faults.pop("entidad", None)
    looked = not faults and not offered and not unpublished
    found = search.page(db.session(), query, after) if looked else Found()
    is_demo = register is not None and register.environment == "demo"
    params = {
        name: value for name, value in query.params.items() if not register or name != "entidad"
    }
    page = render_template(
        "consult/visits.html",
        query=query,
        faults=faults,
        found=found,
        looked=looked,
        entity=register.entity if register else None,
        demo=is_demo,
        followed=topics.of_register(register) if register and not is_demo else None,
        chosen=chosen,
        typed=typed,
        offered=offered[: published.OFFERED],
        unpublished=unpublished,
        more_offered=len(offered) > published.OFFERED,
        after=after,
        categories=CATEGORIES,
        empty_days=empty_days.latest(db.session(), register, EMPTY_DAYS) if register else (),
        month=quality.shown(db.session(), register.entity_id) if register and not is_demo else None,
        full=rules.documents_are_public(db.session()),
        unfolded=any(name in params for name in FOLDED),
        **_addresses(params, found, after),
    )
    return (page, 400) if faults else page


def _faults(query: Query) -> dict[str, str]:
    """Return the messages about invalid parameters by field, in the order of the page.

    The key "" holds the messages of parameters without a field.
    """
    found = {name: query.faults[name] for name in FIELDS if name in query.faults}
    others = [sentence for name, sentence in query.faults.items() if name not in FIELDS]
    return found | ({"": " ".join(others)} if others else {})


def _after() -> int | None:
    """Return the place where the page begins; 404 for an invalid place."""
    text = request.args.get("antes", "")
    if not text:
        return None
    if not PLACE.fullmatch(text) or int(text) > LAST_PLACE:
        abort(404)
    return int(text)


def _addresses(params: dict[str, str], found: Found, after: int | None) -> dict[str, Any]:
    """Return `params`, and the addresses of the next page, the first page and all visitors."""
    without = address(request.path, params | {"visitante": ""})
    return {
        "params": params,
        "next": address(request.path, params | {"antes": str(found.next)}) if found.next else "",
        "first": address(request.path, params) if after else "",
        "all_visitors": without if "visitante" in params else "",
    }
