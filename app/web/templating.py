"""Set-up of templates: their folders, filters, and the variables of every page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader, Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup, escape
from werkzeug.local import LocalProxy

import forms
from app.base import assets, formatting
from app.base.urls import external_url
from forms import Page, StepForm
from forms.conditions import sections
from workflows.diagram import CHANGE_ICONS, STATE_ICONS

FILTERS = {
    "day": formatting.day,
    "due": formatting.due,
    "hour": formatting.hour,
    "last_day": formatting.last_day,
    "listed": formatting.listed,
    "masked": formatting.masked,
    "moment": formatting.moment,
    "number": formatting.number,
    "short_day": formatting.short_day,
    "short_moment": formatting.short_moment,
    "size": formatting.size,
    "state": formatting.state,
    "weekday": formatting.weekday,
}

#: The macro that renders a field of WTForms' own; ours say it themselves in `kind`.
KINDS = {
    "BooleanField": "checkbox",
    "FieldList": "list",
    "FileField": "file",
    "FormField": "group",
    "HiddenField": "hidden",
    "PasswordField": "password",
    "RadioField": "radios",
    "SelectMultipleField": "checkboxes",
    "SelectField": "select",
    "TextAreaField": "textarea",
}

#: Bytes of control characters, except tab and ends of lines; and those of two bytes in UTF-8.
CONTROLS = bytes([*range(9), 11, *range(14, 32), 127])
CONTROLS_OF_C1 = re.compile(rb"\xc2[\x80-\x9f]")


class SharedTemplate(Template):
    """A template that is imported without a comparison of names, a quarter of a page's rendering.

    Jinja compares the globals of the two templates at each import. Here no template has globals of
    its own: all are those of the environment.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


def init_app(app: Flask) -> None:
    """Set up Jinja and the static files of `app`.

    Templates come from `app/web/templates`; the templates of a step come from its folder, under the
    step's id (`designate_administrator/page.html`).
    """
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(assets.WEB / "templates"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            FileSystemLoader(list(forms.__path__)),
        ]
    )
    app.jinja_env.template_class = SharedTemplate
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.filters["lines"] = lines
    app.jinja_env.globals.update(
        entry_name=entry_name,
        fields_of=fields_of,
        external_url=external_url,
        kind_of=kind_of,
        own_errors=own_errors,
        plural=formatting.plural,
        sections_of=sections,
        lasted=formatting.lasted,
        sheet_url="?hoja={}".format,
        ui=LocalProxy(lambda: app.jinja_env.get_template("macros.html").module),
        zip=zip,
        STATES=formatting.STATES,
        STATE_ICONS={**STATE_ICONS, **CHANGE_ICONS},
    )
    app.context_processor(defaults)
    assets.init_app(app)
    app.after_request(_without_controls)  # what is registered last comes first: before compression


def _without_controls(response: Response) -> Response:
    """Leave out control characters, which no HTML may have: a page shows again what was typed."""
    is_shown_again = request.query_string or request.method == "POST"
    if is_shown_again and response.mimetype == "text/html" and not response.is_streamed:
        shown = CONTROLS_OF_C1.sub(b"", response.data.translate(None, CONTROLS))
        if len(shown) < len(response.data):
            response.data = shown
    return response


def defaults() -> dict[str, Any]:
    """Return the variables that base.html needs, unless a later context processor sets them.

    `navigation`: entries with label, url, current (a value of aria-current, or "") and, for *Más*,
    mark: how much is wrong below it.
    `account`: None, or the values of the account menu: name, role, url, sign_out_url, search_url
    ("" for who may not search), slash_key.
    `footer_links`: entries with label and url. `service`: None, or a `Service` of
    `app.web.public.service`, which says whose service this is.
    """
    return {"navigation": [], "account": None, "footer_links": [], "service": None}


def kind_of(field: Any) -> str:
    """Return the name of the macro in fields.html that renders a field."""
    if kind := getattr(field, "kind", ""):
        return str(kind)
    for ancestor in type(field).__mro__:
        if ancestor.__name__ in KINDS:
            return KINDS[ancestor.__name__]
    return "text"


def fields_of(form: StepForm, page: Page, on_behalf: bool = False) -> list[Any]:
    """Return the fields of a page of a step; without documents, which only the entity brings."""
    fields = [form[name] for name in page.fields if name in form]
    return [one for one in fields if not (on_behalf and kind_of(one) == "document")]


def own_errors(field: Any, summary: Mapping[str, str] | None = None) -> list[str]:
    """Return a field's messages about itself; the fields inside it show their own messages.

    If the error summary has a message about the field (a file that was not accepted), return only
    that one.
    """
    if summary and field.name in summary:
        return [summary[field.name]]
    errors = field.errors
    if isinstance(errors, dict):  # of a group: what concerns the whole stands under None
        errors = errors.get(None) or ()
    return [str(error) for error in errors if not isinstance(error, dict | list | tuple)]


def entry_name(field: Any, entry: Any, number: int) -> str:
    """Return the name of one entry of a list: `Sesión 2`.

    The name is its own label, otherwise the text of the list's button, otherwise the list's label.
    """
    label = str(entry.label.text)
    if label.endswith(f"-{entry.short_name}"):  # made up by WTForms from the field's name
        added = re.fullmatch(r"Agregar (?:a )?(?:otr[oa]|una?) (.+)", field.add_label or "")
        label = added[1].capitalize() if added else str(field.label.text)
    return f"{label} {number}"


def lines(text: str | None) -> Markup:
    """Return plain text as HTML, with its line breaks."""
    return Markup("<br>").join(escape(line) for line in (text or "").splitlines())
