"""The page of the search, and the page that asks why a document number is searched."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.base import db, queries
from app.people import access
from app.people.accounts.forms import errors_of
from app.web.search import by_document, entities, papers, people
from app.web.search.by_document import DocumentSearch
from app.web.search.found import Group, Reader
from app.web.search.query import Query

blueprint = Blueprint("search", __name__, url_prefix="/buscar")

Answer = Response | str | tuple[str, int]


@blueprint.get("")
def show() -> str:
    """Show what was found, by kind. A number of a person's document is not searched here."""
    reader = Reader(db.session(), access.require("list_entities"))
    queries.must_know(("q",))
    return _page(reader, Query.of(request.args.get("q", "")))


def _page(reader: Reader, query: Query) -> str:
    refused = query.has_document
    groups = [] if refused or query.is_short else found(reader, query)
    return render_template(
        "search/show.html",
        query=query,
        groups=groups,
        refused=refused,
        may_search_documents=reader.may("unmask"),
    )


@blueprint.post("")
@db.only_reads
def send() -> Answer:
    """Lead from the field in the head to the results.

    A document number stays out of the address: its user is asked for the purpose at once.
    """
    reader = Reader(db.session(), access.require("list_entities"))
    query = Query.of(request.form.get("q", ""))
    if not query.has_document:
        return redirect(url_for(".show", q=query.text), 303)
    if not reader.may("unmask"):
        return _page(reader, query)
    kind = "DNI" if re.fullmatch(r"[0-9]{8}", query.document) else ""
    form = DocumentSearch(data={"document_type": kind, "document_number": query.document})
    return render_template("search/by_document.html", form=form, errors={}, groups=None)


@blueprint.route("/documento", methods=["GET", "POST"])
def by_number() -> Answer:
    """Ask for a document and a purpose, and show the people of a case who have it."""
    reader = Reader(db.session(), access.require("unmask"))
    if request.method != "POST":
        return render_template(
            "search/by_document.html", form=DocumentSearch(), errors={}, groups=None
        )
    form = DocumentSearch(request.form)
    if not form.validate():
        page = render_template(
            "search/by_document.html", form=form, errors=errors_of(form), groups=None
        )
        return page, 422
    groups = by_document.find(reader, form)
    return render_template("search/by_document.html", form=form, errors={}, groups=groups)


def found(reader: Reader, query: Query) -> Sequence[Group]:
    """Return the groups that have results; one with an exact code or number comes first."""
    groups = [
        entities.find(reader, query),
        *people.find(reader, query),
        papers.presentations(reader, query),
        papers.issued_papers(reader, query),
    ]
    return sorted((one for one in groups if one), key=lambda one: not one.exact)
