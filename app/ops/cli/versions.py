"""Versions of the diagrams: offer one, put one into force, write one into a folder."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from sqlalchemy.orm import Session

from app.base import db
from app.base.config import shipped
from app.base.definitions import find_version
from app.cases import processes
from app.cases.processes import versions
from app.ops.cli.group import commands, installed
from workflows.definition import Definition, read_folder, write_folder

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@commands.command("deploy")
@click.option(
    "--folder",
    default=None,
    type=FOLDER,
    help="The diagrams and tables; default: those that came with the code.",
)
@click.option("--reason", default="", help="Why, for the history of the process.")
@click.option(
    "--approved-by",
    default="",
    metavar="NAME",
    help="The second person, where the version changes more than names, drawings or remarks, "
    "or ZAGUAN_VERSIONS_NEED_TWO is yes.",
)
def deploy(folder: Path | None, reason: str, approved_by: str) -> None:
    """Put the diagrams and tables into force; running instances stay on their version."""
    texts = read_folder(folder or shipped.DIAGRAMS)
    version = versions.checked(texts)
    approved_by = approved_by.strip()
    if approved_by:
        reason = f"{reason.strip()} (lo aprobó {approved_by})".strip()
    app = installed()
    with app.app_context(), db.writing(app) as session:
        if not approved_by:
            _must_not_need_two(session, version)
        deployed = processes.deploy(session, texts if folder else None, reason=reason.strip())
        click.echo(f"In force: {versions.name_of(deployed)}")


def _must_not_need_two(session: Session, version: versions.Checked) -> None:
    """Raise ClickException for a version that needs a second person, with what it changes.

    By the setting, every version does that replaces another one.
    """
    found = versions.grounds_of(session, Definition.parse(version.texts))
    every = current_app.config["VERSIONS_NEED_TWO"] == "yes"
    if every and not found and versions.replaces(session, version):
        raise click.ClickException(
            "A second person has to confirm every version (ZAGUAN_VERSIONS_NEED_TWO): propose it "
            "on the page Proceso, or name the person: --approved-by NAME."
        )
    if found:
        sentences = "\n".join(f"  {one.what}: {one.before} → {one.now}" for one in found)
        raise click.ClickException(
            f"A second person has to confirm what this version changes:\n{sentences}\n"
            "Propose it on the page Proceso, or name the person: --approved-by NAME."
        )


@commands.command("offer")
@click.argument("folder", type=FOLDER)
def offer(folder: Path) -> None:
    """Store the diagrams and tables of FOLDER without putting them into force."""
    version, app = versions.checked(read_folder(folder)), installed()
    with app.app_context(), db.writing(app) as session:
        offered = versions.offer(session, version, source="command")
        click.echo(f"Offered: {versions.name_of(offered)}")


@commands.command("export-version")
@click.argument("version")
@click.argument("folder", type=click.Path(path_type=Path))
def export_version(version: str, folder: Path) -> None:
    """Write a version into FOLDER, which is new or empty, byte for byte as it came in.

    VERSION is a number, the beginning of a hash, or in-force.
    """
    app = installed()
    with app.app_context(), db.writing(app) as session:
        found = find_version(session, version)
        if found is None:
            raise click.ClickException(f"{version} is no version of this installation.")
        written = write_folder(found.texts, folder)
        click.echo(f"{versions.name_of(found)}: {written} files in {folder}")
