"""The pages of help: contents, chapters, results of a search, pictures. For everyone."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Flask, Response, abort, render_template, request

from app.base import assets, db, definitions, formatting
from app.base.calendar.explained import STARTS
from app.base.config.shipped import MANUAL
from app.people import access
from app.web.manual.reading import ADDRESS, PICTURES, Chapter, the_manual
from app.web.manual.search import find
from workflows.decisions import rows

blueprint = Blueprint("manual", __name__)


def init_app(app: Flask) -> None:
    """Add the pages, and `help_url` for templates that link to the part of a step."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals["help_url"] = help_url


def help_url(step: str) -> str:
    """Return the URL of the section on a step; of the contents if there is none."""
    return the_manual().steps.get(step, ADDRESS)


@blueprint.get(ADDRESS)
def show_contents() -> str:
    """Show the contents of the manual; with `q`, the sections that have these words."""
    query = request.args.get("q", "").strip()[:100]
    return render_template(
        "manual/contents.html",
        private=bool(query),
        contents=the_manual().contents,
        query=query,
        found=find(the_manual(), query),
    )


@blueprint.get(f"{ADDRESS}/<slug>")
def show_chapter(slug: str) -> str:
    """Show a chapter, with who answers each step and in how many days."""
    shown = the_manual().chapter(slug)
    if shown is None:
        abort(404)
    before, after = the_manual().around(shown)
    return render_template(
        "manual/chapter.html",
        private=False,
        chapter=shown,
        facts=facts_of(shown),
        before=before,
        after=after,
    )


@blueprint.get(f"{ADDRESS}/{PICTURES}/<name>.png")
def show_picture(name: str) -> Response:
    """Show a picture of the manual."""
    file = MANUAL / PICTURES / f"{name}.png"
    if not file.is_file():
        abort(404)
    return assets.served(file, "image/png")


def facts_of(chapter: Chapter) -> Mapping[str, str]:
    """Return step → lane and days, from the deployed diagrams and tables; {} before the first."""
    steps = {section.step for section in chapter.sections if section.step}
    try:
        deployment = definitions.in_force(db.session()) if steps else None
    except definitions.NothingDeployed:
        deployment = None
    if deployment is None:
        return {}
    definition = definitions.definition_of(deployment)
    facts = {}
    for row in rows(definition, "deadlines"):
        task = definition.user_tasks.get(str(row["step"]))
        if task is not None and task.id in steps:
            days = formatting.plural(int(row["days"]), "día hábil", "días hábiles")
            legal = ". Plazo legal: no se amplía" if row["kind"] == "legal" else ""
            whose = access.lane_title(access.LANES[task.lane])
            facts[task.id] = f"{whose} · {days} desde {STARTS[row['counted_from']]}{legal}"
    return facts
