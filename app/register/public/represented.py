"""The search by RUC for visitors of a legal person. A natural person's number is refused.

The form posts the number, so that a person's number never appears in an address.
"""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import Visit
from app.people.accounts.forms import errors_of
from app.register import search
from app.register.facts import shapes
from app.register.facts.visibility import public_visits
from app.register.news import items, topics
from app.register.news.topics import Topic
from app.register.public.shared import keep_out
from app.register.registers import environments, rules
from forms.fields import Part, TextField, add_error

blueprint = Blueprint("represented", __name__)
blueprint.after_request(keep_out)


class RepresentedForm(Part):
    """The RUC of a legal person."""

    ruc = TextField(
        "RUC de la persona jurídica",
        hint="Once dígitos; empieza con 20.",
        needed="Escribe el RUC.",
        limit=20,
        render_kw={
            "autocomplete": "off",
            "inputmode": "numeric",
            "spellcheck": "false",
            "class": "govuk-input--width-10",
        },
    )


@blueprint.route("/representados", methods=["GET", "POST"])
def look_up() -> Response | str | tuple[str, int]:
    """Ask for a RUC, and redirect to the visits made for it."""
    form = RepresentedForm(request.form if request.method == "POST" else None)
    if request.method != "POST":
        return _form(form)
    if form.validate():
        ruc, fault = topics.represented_fault(form.ruc.data or "")
        if not fault:
            return redirect(url_for(".show", ruc=ruc), 303)
        add_error(form.ruc, fault)
    return _form(form), 422


def _form(form: RepresentedForm) -> str:
    return render_template("consult/represented_search.html", form=form, errors=errors_of(form))


@blueprint.get("/representados/<ruc>")
def show(ruc: str) -> str:
    """List the newest visits of people who came for a legal person; 404 for any other number."""
    session = db.session()
    followed = topics.find(session, Topic(topics.REPRESENTED, ruc)) or abort(404)
    query = (
        shapes.select_of(search.COLUMNS, rules.documents_are_public(session))
        .where(*items.represents(ruc), *public_visits("standing"), environments.is_public())
        .order_by(Visit.rank.desc())
        .limit(search.PAGE)
    )
    return render_template(
        "consult/represented.html",
        rows=session.execute(query).mappings().all(),
        most=search.PAGE,
        ruc=ruc,
        followed=followed,
    )
