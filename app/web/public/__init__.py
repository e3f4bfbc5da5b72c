"""Pages for everyone, files for users who may read them, and the top of every page."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    send_file,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from app.base import calendar, db, files
from app.base.files import integrity
from app.base.models import Entity, User
from app.base.urls import external_url
from app.cases.papers import copies, stored_files
from app.people import access
from app.web import navigation
from app.web.public import security, service, statement
from forms.fields.roster_template import template_workbook

blueprint = Blueprint("public", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: Links in the footer of every page: label and endpoint.
FOOTER_LINKS = (
    ("Visitas publicadas", "consult.list_all"),
    ("Cobertura", "coverage.show"),
    ("Datos abiertos", "data.show"),
    ("Verificar un documento", "verification.ask"),
    ("Qué es Zaguán", "public.about"),
    ("Accesibilidad", "public.accessibility"),
    ("Correcciones", "corrections.show"),
    ("Tus derechos", "rights.show"),
    ("Seguir las visitas", "feeds.show"),
    ("Ayuda", "manual.show_contents"),
)


def init_app(app: Flask) -> None:
    """Add the pages, and the menu that every page shows."""
    app.register_blueprint(blueprint)
    app.context_processor(frame)


def frame() -> dict[str, Any]:
    """Return what every page shows around its content: footer, menu, and the user's account."""
    user = access.me()
    footer = {"footer_links": footer_links(), "service": service.of_installation()}
    if user is None:
        return footer | {"navigation": navigation.public_menu()}
    searches = access.may(user, "list_entities")
    roles = sorted(access.roles_of(user)) or sorted({grant.role for grant in user.grants})
    return footer | {
        "navigation": navigation.menu_of(user),
        "account": {
            "name": user.full_name,
            "role": access.ROLES[roles[0]].name if roles else "",
            "url": url_for("accounts.mine"),
            "sign_out_url": url_for("accounts.sign_out"),
            "search_url": url_for("search.send") if searches else "",
            "slash_key": user.slash_key,
        },
    }


def footer_links() -> list[dict[str, str]]:
    """Return the links of the footer, with label and url."""
    return [{"label": label, "url": url_for(endpoint)} for label, endpoint in FOOTER_LINKS]


def own_path(user: User) -> Entity | None:
    """Return the only entity that a user works for; None for users of the PCM or of several."""
    answering = access.entities_of(user, access.ANSWERING)
    if access.roles_of(user) or len(answering) != 1:
        return None
    return db.session().get(Entity, next(iter(answering)))


@blueprint.get("/")
def home() -> AnyResponse | str:
    """Show the public an introduction; redirect users to their first page."""
    user = access.me()
    if user is None:
        return render_template("public/home.html", private=False)
    if own := own_path(user):
        return redirect(own.url)
    for _, page in navigation.places_of(user):
        return redirect(url_for(page))
    entities = navigation.own_entities(user)
    for _, desk in navigation.own_desks(user, entities):
        return redirect(desk)
    return redirect(entities[0].url if entities else url_for("accounts.mine"))


@blueprint.get("/que-es-zaguan")
def about() -> str:
    """Show the purpose of Zaguán, and its limits."""
    return render_template("public/about.html", private=False)


@blueprint.get("/accesibilidad")
def accessibility() -> str:
    """Show what was tested for accessibility, with which tools, and what fails."""
    return render_template(
        "public/accessibility.html",
        private=False,
        checkers=statement.CHECKERS,
        reviewed_on=statement.REVIEWED_ON,
    )


@blueprint.get("/.well-known/security.txt")
def security_txt() -> Response:
    """Serve where to report vulnerabilities (RFC 9116). 404 if no contact is set."""
    contact = current_app.config["SECURITY_CONTACT"]
    if not contact:
        abort(404)
    text = security.text(contact, external_url("public.security_txt"), calendar.now())
    return Response(text, content_type="text/plain; charset=utf-8")


@blueprint.get("/demasiado-grande")
def too_large() -> Response:
    """Show the error page 413, for proxies that refuse a request as too large."""
    abort(413)


@blueprint.get("/plantillas/personal.xlsx")
def roster_template() -> Response:
    """Show the workbook in which a roster can be filled in."""
    return Response(
        template_workbook(),
        mimetype=XLSX,
        headers={"Content-Disposition": 'attachment; filename="relacion-de-personal.xlsx"'},
    )


@blueprint.get("/archivos/<file_id>")
def file(file_id: str) -> AnyResponse:
    """Send a stored file to a user who may read it, with the media type of its content."""
    user = access.me()
    use = stored_files.readable(db.session(), user, file_id)
    if use is None:
        abort(404)
    path = integrity.whole(use.file)
    media_type, ending = files.kind_of(path)
    stored_files.log_reading(use, user)
    response = send_file(
        path,
        mimetype=media_type,
        as_attachment=True,
        download_name=files.fitting_name(copies.download_names(db.session(), [use])[0], ending),
        etag=use.sha256,
        max_age=0,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
