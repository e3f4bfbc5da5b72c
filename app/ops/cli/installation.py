"""An installation: set up, fill, import."""

from __future__ import annotations

import os
from pathlib import Path

import click

from app.administration import catalogue
from app.base import assets, db
from app.cases.papers.typesetting import fonts
from app.ops import serve, setup
from app.ops.cli.group import commands, installed, opened
from app.people.access import find_person
from app.people.accounts.factor import held, resets
from app.web import still_pages

#: How a document is asked for.
DOCUMENT = "Document (8 digits of a DNI; with --document-type CE, of a carné de extranjería)"


@commands.command("assets")
def build_assets() -> None:
    """Build the style sheet and the fonts of pages and papers from the installed packages."""
    assets.build()
    fonts.build()


@commands.command("migrate")
def migrate() -> None:
    """Bring the database to the newest schema, without diagrams and catalogue."""
    setup.upgrade(opened())


@commands.command("setup")
@click.option("--entities", default=40, show_default=True, help="Entities that the demo moves.")
@click.option("--demo/--no-demo", default=True, help="Fill a new installation with a demo.")
@click.option(
    "--port",
    default=None,
    type=click.IntRange(1, 65535),
    help="Where it is to be served, on 127.0.0.1; end at once if this port is taken.",
)
def set_up(entities: int, demo: bool, port: int | None) -> None:
    """Make a first installation ready, or bring one up to date: safe to run again."""
    settings = {}
    if port is not None:
        serve.must_be_free("127.0.0.1", port)
        if not os.environ.get("ZAGUAN_PUBLIC_URL"):
            settings["PUBLIC_URL"] = serve.address("127.0.0.1", port)
    setup.run(opened(settings), demo_entities=entities if demo else 0)


@commands.command("demo")
@click.option("--entities", default=200, show_default=True, type=click.IntRange(min=1))
@click.option("--seed", default=1, show_default=True)
def fill_demo(entities: int, seed: int) -> None:
    """Fill an installation by really running the process over the past months."""
    app = opened()
    setup.prepare(app)
    setup.must_have_invented_people_only(app)
    with app.app_context():
        setup.fill_demo(app, entities=entities, seed=seed)


@commands.command("import-entities")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_entities(file: Path) -> None:
    """Bring entities of the CSV FILE into the catalogue: all of its rows, or none."""
    app = installed()
    judged = catalogue.judge(file.read_bytes())
    with app.app_context(), db.writing(app) as session:
        report = catalogue.bring_in(session, judged)
        for fault in report.faults:
            click.echo(str(fault), err=True)
        if report.faults:
            raise click.ClickException("Nothing was imported.")
        click.echo(f"Added {report.added}, updated {report.updated}, as before {report.unchanged}.")
        for code, others in report.shared_rucs:
            click.echo(f"{code} has the RUC of {', '.join(others)}: a coordinator confirms it.")


@commands.command("create-superuser")
@click.option("--document-type", type=click.Choice(["DNI", "CE"]), default="DNI")
@click.option("--document", prompt=DOCUMENT)
@click.option("--given-names", prompt=True)
@click.option("--surnames", prompt=True)
@click.option("--email", prompt=True)
def create_superuser(
    document_type: str, document: str, given_names: str, surnames: str, email: str
) -> None:
    """Give a person the platform's keys: the link to choose a password is printed."""
    person = {
        "document_type": document_type,
        "document_number": document,
        "given_names": given_names,
        "surnames": surnames,
        "email": email,
    }
    app = installed()
    with app.app_context():
        click.echo(f"Choose the password here: {setup.create_superuser(app, person)}")


@commands.command("reset-factor")
@click.option("--document-type", type=click.Choice(["DNI", "CE"]), default="DNI")
@click.option("--document", prompt=DOCUMENT)
@click.option("--reason", prompt=True, help="For the log, which every manager of users reads.")
def reset_factor(document_type: str, document: str, reason: str) -> None:
    """Remove the second factor of a person who lost it, and write to them.

    Two people who manage users do the same on the pages. Exit code 1 if no person with that
    document has one.
    """
    app = installed()
    with app.app_context(), db.writing(app) as session:
        user = find_person(session, document_type, document)
        if user is None or not held.of(session, user):
            raise click.ClickException("No person with that document has a second factor.")
        resets.reset(session, user, None, reason)
    click.echo("Reset: their sign-ins ended, and the next one sets up another second factor.")


@commands.command("rebuild")
def rebuild() -> None:
    """Make the clocks again from the log: in whose hands each onboarding was, and when."""
    differed, all_of_them = setup.rebuild_clocks(installed())
    click.echo(f"Onboardings: {all_of_them}. Their clocks differed from the log in {differed}.")


@commands.command("error-pages")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def write_error_pages(folder: Path) -> None:
    """Write the pages that a proxy shows for 429, 431, 502 and 503 into FOLDER."""
    for path in still_pages.write(still_pages.bare_app(), folder):
        click.echo(str(path))
