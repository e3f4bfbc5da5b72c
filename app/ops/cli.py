"""The `zaguan` command."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy.exc import DatabaseError

from app import create_app
from app.administration import catalogue
from app.base import assets, config, db, logging_setup
from app.base.files import integrity
from app.cases import processes
from app.cases.papers.typesetting import fonts
from app.mailroom import sending
from app.mailroom.incoming import pipe
from app.ops import backup, rehearsal, serve, setup, worker
from app.ops.health import trust, writing
from app.ops.progress import step
from workflows.contract import InvalidDiagram
from workflows.definition import Definition, read_folder
from workflows.diagram import svg
from workflows.reference_page import describe

#: The places that cannot be written, by the names of `app.ops.health.writing`.
UNWRITABLE = {"files": "the data folder. Is its disk full?", "database": "the database."}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zaguan-rvl", prog_name="Zaguán", message="%(prog)s %(version)s")
def commands() -> None:
    """Zaguán: the onboarding of public entities to the register of visits."""


def opened(settings: dict[str, Any] | None = None) -> Flask:
    """Return the application; its database is closed when the command ends.

    `settings` replace the environment.
    """
    app = create_app(settings)
    click.get_current_context().call_on_close(app.extensions["engine"].dispose)
    return app


def installed() -> Flask:
    """Return the application of an installation that is set up. Raise setup.CannotSetUp."""
    setup.must_be_set_up()
    return opened()


def main() -> None:
    """Run a command; print foreseeable errors as a sentence, never as a traceback."""
    try:
        commands(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except InvalidDiagram as fault:
        click.echo(str(fault), err=True)
        click.echo("These diagrams do not fit this code: nothing was deployed or begun.", err=True)
        sys.exit(1)
    except (
        worker.AnotherWorker,
        backup.BadBackup,
        backup.CannotBackUp,
        backup.CannotRestore,
    ) as fault:
        click.echo(str(fault), err=True)
        sys.exit(1)
    except (config.BadSetting, setup.CannotSetUp, processes.NothingDeployed) as fault:
        click.echo(str(fault), err=True)
        sys.exit(2)
    except DatabaseError as fault:
        click.echo(f"The database cannot be used: {fault.orig}".strip(), err=True)
        click.echo("Does its server run, and was it set up with `zaguan setup`?", err=True)
        sys.exit(2)


@commands.command("check")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def check_diagrams(folder: Path) -> None:
    """Check the diagrams and tables of FOLDER against the code, as a deployment would."""
    faults = processes.check(read_folder(folder))
    for fault in faults:
        click.echo(str(fault))
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise click.ClickException(f"{count}: these could not be deployed.")
    click.echo("Nothing to object: these can be deployed.")


@commands.command("describe")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def describe_process(folder: Path) -> None:
    """Print the process that FOLDER draws as a page in Markdown, every step and way of it."""
    click.echo(describe(Definition.parse(read_folder(folder))), nl=False)


@commands.command("draw")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("process")
def draw_process(folder: Path, process: str) -> None:
    """Print the diagram of a PROCESS in FOLDER as a picture (SVG)."""
    definition = Definition.parse(read_folder(folder))
    if process not in definition.processes:
        raise click.BadParameter(f"{process} is not drawn in {folder}")
    click.echo(svg(definition, process, {}, key=process))


@commands.command("assets")
def build_assets() -> None:
    """Build the style sheet and the fonts of pages and papers from the installed packages."""
    assets.build()
    fonts.build()


@commands.command("migrate")
def migrate() -> None:
    """Bring the database to the newest schema."""
    db.migrate(config.load()["DATABASE_URL"])


@commands.command("deploy")
@click.option(
    "--folder",
    default=None,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The diagrams and tables; default: those that came with the code.",
)
def deploy(folder: Path | None) -> None:
    """Put the diagrams and tables into force; running instances stay on their version."""
    app = installed()
    with app.app_context(), db.writing(app) as session:
        deployed = processes.deploy(session, read_folder(folder) if folder else None)
        click.echo(f"In force: {deployed.hash[:12]}")


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


@commands.command("rehearse")
@click.argument("what", type=click.Choice(["mandates"]))
@click.option("--on-this-copy", is_flag=True, help="Say that the installation is a copy.")
def rehearse(what: str, on_this_copy: bool) -> None:
    """Rehearse the end of mandates on a COPY of an installation: it changes it. Sends no mail."""
    if not on_this_copy:
        raise click.ClickException(
            "A rehearsal changes the installation. Restore a backup elsewhere, set ZAGUAN_DATA "
            "and ZAGUAN_DATABASE_URL to it, and add --on-this-copy."
        )
    try:
        report = rehearsal.Rehearsal(installed()).run()
    except rehearsal.NothingEnds as reason:
        raise click.ClickException(str(reason)) from None
    click.echo(str(report), nl=False)
    if report.faults:
        raise click.ClickException(f"{len(report.faults)} faults in {what}.")


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
@click.option("--document", prompt=True)
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


def _listening(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where web processes listen, and how many there are."""
    ports, counts = click.IntRange(1, 65535), click.IntRange(1, 64)
    for option in (
        click.option("--workers", default=2, show_default=True, type=counts),
        click.option("--host", default="127.0.0.1", show_default=True),
        click.option("--port", default=8000, show_default=True, envvar="PORT", type=ports),
    ):
        command = option(command)
    return command


def _check_installation() -> None:
    """Raise what keeps an installation from being served; name what other users can reach."""
    app = installed()
    with app.app_context(), db.open_session(app.extensions["engine"], writes=False) as session:
        processes.check_live(session)
    setup.say_what_is_open(app)


@commands.command("serve")
@_listening
def serve_all(port: int, host: str, workers: int) -> None:
    """Run web processes and a worker until Ctrl-C, or until one of them dies."""
    serve.must_be_free(host, port)
    _check_installation()
    sys.exit(serve.serve(host, port, workers))


@commands.command("web")
@_listening
def serve_web(port: int, host: str, workers: int) -> None:
    """Run the web processes alone; workers run by `zaguan worker`."""
    serve.must_be_free(host, port)
    _check_installation()
    command = serve.web_command(host, port, workers)
    os.execv(command[0], command)  # noqa: S606 - gunicorn, with our own arguments


@commands.command("worker")
def run_worker() -> None:
    """Let time pass: wake what is due, remind, send, and keep house, until stopped."""
    app = installed()
    logging_setup.configure(app.config["LOG"])
    setup.say_what_is_open(app)
    worker.run(app)


@commands.command("status")
def print_status() -> None:
    """Say when each job last ran, what waits, and what is stuck.

    Exit code 1 if anything is stuck or cannot be written, or if the State's list of trust cannot be
    used; 2 where nothing is set up or the database is away.
    """
    app = installed()
    with app.app_context():
        integrity.look_again(app)
        with db.open_session(app.extensions["engine"], writes=False) as session:
            standing, damaged = worker.read(session), integrity.damaged(session)
        signing = trust.read()
    click.echo(str(standing))
    for damage in damaged:
        click.echo(f"    {damage}")
    unwritable = [what for what, can in writing.look(app).items() if not can]
    for what in unwritable:
        click.echo(f"Cannot be written: {UNWRITABLE[what]}")
    if signing is not None:
        click.echo(trust.line(signing))
    sys.exit(1 if standing.stuck or unwritable or trust.problem(signing) else 0)


@commands.command("mail-in")
@click.option("--recipient", default="", help="The envelope recipient that the MTA reports.")
def take_mail(recipient: str) -> None:
    """Take one message from standard input; for an MTA's pipe, with its exit codes."""
    code, said = pipe.receive(installed, sys.stdin.buffer, recipient)
    click.echo(said, err=bool(code))
    sys.exit(code)


@commands.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def back_up(folder: Path) -> None:
    """Copy database and files into FOLDER, while everybody goes on working."""
    report = backup.back_up(installed(), folder)
    click.echo(
        f"Backed up: {report.rows:,} rows of {report.tables} tables, {report.files:,} files "
        f"({report.copied:,} new). The secret key is not in it: keep it elsewhere."
    )
    for sha256 in report.missing:
        click.echo(f"The backup has no good copy of {sha256}.", err=True)
    for damage in report.damaged:
        click.echo(f"Damaged: {damage}", err=True)
    sys.exit(1 if report.missing or report.damaged else 0)


@commands.command("restore")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def restore(folder: Path) -> None:
    """Fill an empty installation from the backup in FOLDER, once all of it was looked at."""
    app = opened()
    setup.say_what_is_open(app)
    report = backup.restore(app, folder)
    click.echo(
        f"Restored: {report.rows:,} rows of {report.tables} tables, {report.files:,} files. "
        "Now run `zaguan setup --no-demo`, and start."
    )


@commands.command("tick")
def tick_once() -> None:
    """Wake what is due, once."""
    app = installed()
    with app.app_context(), step("Waking what is due"):
        click.echo(f"Woken: {processes.tick(app.extensions['engine'])}")


@commands.command("send")
def send_once() -> None:
    """Send what waits in the outbox and may go now, once, up to the limit per minute."""
    app = installed()
    try:
        with step("Sending what waits"):
            done = sending.run(app)
    except sending.Unavailable as fault:
        raise click.ClickException(f"{fault} All mails wait as they were.") from None
    click.echo(", ".join(f"{name}: {count}" for name, count in sorted(done.items())) or "Nothing.")


@commands.command("rebuild")
def rebuild() -> None:
    """Make the clocks again from the log: in whose hands each onboarding was, and when."""
    differed, all_of_them = setup.rebuild_clocks(installed())
    click.echo(f"Onboardings: {all_of_them}. Their clocks differed from the log in {differed}.")


if __name__ == "__main__":
    main()
