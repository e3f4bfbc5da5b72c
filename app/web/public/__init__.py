"""Pages for everyone, files for users who may read them, and the top of every page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
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
from app.register.registers import environments
from app.web.public import security, service, statement
from forms.fields.roster_template import template_workbook

blueprint = Blueprint("public", __name__)

#: Longer than this, an entity is "Mi entidad" in the menu: its whole name stands on its pages.
LONGEST_LABEL = 40

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: The pages of the menu: label, endpoint, and the action that they are for.
MENU = (
    ("Hoy", "today.show", "see_today"),
    ("Mis pendientes", "tasks.inbox", "see_tasks"),
    ("Programa", "programme.overview", "list_entities"),
    ("Entidades", "entities.list_entities", "list_entities"),
    ("Sesiones", "sessions.list_sessions", "list_entities"),
    ("Calendario", "days.show_year", "see_calendar"),
    ("Recordatorios", "ledger.list_reminders", "see_outbox"),
    ("Correos", "outbox.list_mails", "see_outbox"),
    ("Incidentes", "incidents.list_incidents", "retry_incident"),
    ("Personas", "people.list_people", "manage_people"),
    ("A cargo", "people.coordinators", "assign_coordinators"),
    ("Catálogo", "catalogue.list_entries", "manage_catalogue"),
    ("Reglas", "dated_rules.show", "set_rules"),
    ("Cambios", "audit.list_changes", "see_changes"),
    ("Estado", "health.show", "see_status"),
)

#: The menu of the public pages: label and endpoint.
PUBLIC_MENU = (
    ("Visitas", "consult.list_all"),
    ("Actos", "public_acts.list_acts"),
    ("Quiénes deciden", "decision_makers.list_entities"),
    ("Correcciones", "corrections.show"),
    ("Cobertura", "coverage.show"),
    ("Datos abiertos", "data.show"),
    ("Suscribirme", "subscriptions.show"),
    ("Ayuda", "manual.show_contents"),
)

#: Links in the footer of every page: label and endpoint.
FOOTER_LINKS = (
    ("Visitas publicadas", "consult.list_all"),
    ("Cobertura", "coverage.show"),
    ("Datos abiertos", "data.show"),
    ("Verificar un documento", "verification.ask"),
    ("Qué es Zaguán", "public.about"),
    ("Accesibilidad", "public.accessibility"),
    ("Ayuda", "manual.show_contents"),
)
#: Pages whose addresses belong to an entry of the menu with another address → that entry.
WITHIN = {"mandates.show": "days.show_year", "represented.look_up": "consult.list_all"}


def init_app(app: Flask) -> None:
    """Add the pages, and the menu that every page shows."""
    app.register_blueprint(blueprint)
    app.context_processor(frame)


def frame() -> dict[str, Any]:
    """Return what every page shows around its content: footer, menu, and the user's account."""
    user = access.me()
    footer = {"footer_links": footer_links(), "service": service.of_installation()}
    if user is None:
        public = [(label, url_for(page)) for label, page in PUBLIC_MENU]
        return footer | {"navigation": navigation(public)}
    entries = [(label, url_for(page)) for label, page in pages_of(user)]
    roles = sorted(access.roles_of(user)) or sorted({grant.role for grant in user.grants})
    entities = own_entities()
    entries += [(label_of(entity, entities), entity.url) for entity in entities]
    entries += own_desks(entities)
    return footer | {
        "navigation": navigation(entries),
        "account": {
            "name": user.full_name,
            "role": access.ROLES[roles[0]].name if roles else "",
            "url": url_for("accounts.mine"),
            "sign_out_url": url_for("accounts.sign_out"),
        },
    }


def navigation(entries: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the entries of a menu from labels and paths; the page that is shown is `current`."""
    belongs = (of for page, of in WITHIN.items() if request.path.startswith(url_for(page)))
    of = next(belongs, "")
    path = url_for(of) if of else request.path
    return [{"label": label, "url": url, "current": path.startswith(url)} for label, url in entries]


def footer_links() -> list[dict[str, str]]:
    """Return the links of the footer, with label and url."""
    return [{"label": label, "url": url_for(endpoint)} for label, endpoint in FOOTER_LINKS]


def pages_of(user: User) -> list[tuple[str, str]]:
    """Return the pages of the menu that a user may see: label and endpoint."""
    return [(label, page) for label, page, action in MENU if access.may_somewhere(user, action)]


def own_entities() -> list[Entity]:
    """Return the entities of the signed-in person; the menu shows at most three."""
    ids = sorted(access.entities_of(access.me()))[:3]
    found = [db.session().get(Entity, entity_id) for entity_id in ids]
    return [entity for entity in found if entity is not None]


def label_of(entity: Entity, among: Sequence[Entity]) -> str:
    """Return the label of an entity in the menu of a user who has these entities."""
    label = entity.acronym or entity.name
    return "Mi entidad" if len(among) == 1 and len(label) > LONGEST_LABEL else label


def own_path(user: User) -> Entity | None:
    """Return the only entity that a user works for; None for users of the PCM or of several."""
    answering = access.entities_of(user, access.ANSWERING)
    if access.roles_of(user) or len(answering) != 1:
        return None
    return db.session().get(Entity, next(iter(answering)))


def own_desks(entities: Sequence[Entity]) -> list[tuple[str, str]]:
    """Return the desks where the user records visits: label and URL, at most one per entity.

    It is the one of production, or of the demo until production is open.
    """
    user = access.me()
    ours = {one.id: one for one in entities if access.may(user, "record_visits", one)}
    if not ours:
        return []
    desks: dict[int, str] = {}
    for register in environments.of_entities(db.session(), ours):  # production first
        entity = ours[register.entity_id]
        address = url_for("desk.show", code=entity.code, env=register.path)
        desks.setdefault(entity.id, address)
    return [
        (
            f"Visitas: {ours[one].acronym or ours[one].name}"
            if len(desks) > 1
            else "Registro de visitas",
            address,
        )
        for one, address in desks.items()
    ]


@blueprint.get("/")
def home() -> AnyResponse | str:
    """Show the public an introduction; redirect users to their first page."""
    user = access.me()
    if user is None:
        return render_template("public/home.html", private=False)
    if own := own_path(user):
        return redirect(own.url)
    for _, page in pages_of(user):
        return redirect(url_for(page))
    entities = own_entities()
    for _, desk in own_desks(entities):
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
