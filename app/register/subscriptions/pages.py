"""The pages of subscriptions: the topics, the form, and the pages of the links in mails.

No page shows an address, or whether an address follows a topic. Opening a link changes nothing;
the button on its page does. A mail program may end a subscription with one click (RFC 8058).
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import Subscription
from app.people.accounts import attempts
from app.people.accounts.forms import errors_of
from app.register.news import rosters, topics
from app.register.news.topics import Followed, Topic
from app.register.public.shared import keep_out
from app.register.subscriptions import subscribers
from forms.fields import EmailField, Part

Answer = Response | str | tuple[str, int]

blueprint = Blueprint("subscriptions", __name__)
blueprint.after_request(keep_out)


class AddressField(EmailField):
    """A mail address of anyone: no domain is better than another."""

    warning = ""


class AddressForm(Part):
    """The address that wants to follow something."""

    subscriber_address = AddressField(
        "Tu correo electrónico", needed="Escribe tu correo electrónico."
    )


@blueprint.get("/suscribirme")
def show() -> str:
    """Show the topics, and which data are stored for how long."""
    return render_template("subscriptions/show.html", most=subscribers.MOST_TOPICS)


@blueprint.route("/suscribirme/correcciones", methods=["GET", "POST"])
def ask_for_corrections() -> Answer:
    """Ask to follow the corrections of all entities."""
    return _ask(Topic(topics.CORRECTIONS))


@blueprint.route("/suscribirme/entidad/<code>", methods=["GET", "POST"])
def ask_for_entity(code: str) -> Answer:
    """Ask to follow an entity."""
    return _ask(Topic(topics.ENTITY, code))


@blueprint.route("/suscribirme/cargo/<code>/<key>", methods=["GET", "POST"])
def ask_for_post(code: str, key: str) -> Answer:
    """Ask to follow a post of decision-makers."""
    return _ask(Topic(topics.POST, f"{code}/{key}"))


@blueprint.route("/suscribirme/representado/<ruc>", methods=["GET", "POST"])
def ask_for_represented(ruc: str) -> Answer:
    """Ask to follow who comes for a legal person."""
    return _ask(Topic(topics.REPRESENTED, ruc))


def _ask(topic: Topic) -> Answer:
    session = db.session()
    followed = topics.find(session, topic) or abort(404)
    if request.method != "POST":
        return _form(AddressForm(), followed)
    form = AddressForm(request.form)
    if not form.validate():
        return _form(form, followed), 422
    address = form.subscriber_address.data
    attempts.admit(session, "subscription", address.casefold())
    subscribers.ask(session, address, followed)
    session.commit()
    return redirect(url_for(".sent"), 303)


def _form(form: AddressForm, followed: Followed) -> str:
    return render_template(
        "subscriptions/ask.html",
        form=form,
        errors=errors_of(form),
        followed=followed,
        hours=int(subscribers.CONFIRMS_FOR.total_seconds() // 3600),
    )


@blueprint.get("/suscribirme/enviado")
def sent() -> str:
    """Show that a mail is on its way, whatever the address follows already."""
    return render_template(
        "subscriptions/sent.html",
        hours=int(subscribers.CONFIRMS_FOR.total_seconds() // 3600),
        most=subscribers.MOST_TOPICS,
    )


@blueprint.route("/suscripciones/confirmar/<token>", methods=["GET", "POST"])
def confirm(token: str) -> Answer:
    """Show the subscription of the link; the POST confirms it."""
    session = db.session()
    subscription = subscribers.unconfirmed(session, token)
    followed = topics.find(session, _topic(subscription)) if subscription else None
    if subscription is None or followed is None:
        return _spent()
    if request.method != "POST":
        return render_template("subscriptions/confirm.html", followed=followed)
    token = subscription.subscriber.leave_token
    state = rosters.changed(session, followed)
    if not subscribers.confirm(session, subscription, state[0] if state else ""):
        return _spent()
    session.commit()
    flash(f"Confirmado: desde hoy sigues «{followed.name}».", "success")
    return redirect(url_for(".leave", token=token), 303)


@blueprint.route("/suscripciones/baja/<token>", methods=["GET", "POST"])
def leave(token: str) -> Answer:
    """Show the topics of an address; the POST ends one subscription, or all of them (RFC 8058)."""
    session = db.session()
    subscriber = subscribers.of_leave_token(session, token)
    if subscriber is None:
        return _spent(left=True)
    if request.method == "POST":
        subscribers.leave(session, subscriber, _chosen())
        session.commit()
        subscriber = subscribers.of_leave_token(session, token)
        if subscriber is None:
            return render_template("subscriptions/left.html")
    found = [
        (one, topics.find(session, _topic(one)))
        for one in subscriber.subscriptions
        if one.confirmed_at is not None
    ]
    return render_template("subscriptions/mine.html", subscriptions=found)


def _chosen() -> int | None:
    """Return the subscription that a form names; None (all subscriptions) if it names none."""
    chosen = request.form.get("tema")
    if chosen is None:
        return None
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 10):
        abort(404)
    return int(chosen)


def _topic(subscription: Subscription) -> Topic:
    return Topic(subscription.kind, subscription.subject)


def _spent(*, left: bool = False) -> tuple[str, int]:
    return render_template("subscriptions/spent.html", left=left), 404
