"""Status, backup, restore, and a move of stored files."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click

from app.base import config as configuration
from app.base import db, logging_setup
from app.base.db import chain, protection
from app.base.files import integrity, places
from app.ops import after_restore, backup, moving_files, setup, worker
from app.ops.cli.group import commands, installed, opened
from app.ops.health import findings, trust, writing
from app.register.suppression import list_file, listed


@commands.command("status")
def print_status() -> None:
    """Say when each job last ran, what waits, and what is stuck.

    Exit code 1 if anything is stuck or not as it should be; 2 where nothing is set up or the
    database is away.
    """
    app = installed()
    with app.app_context():
        integrity.look_again(app)
        writes, signing = writing.look(app), trust.read()
        with db.open_session(app.extensions["engine"], writes=False) as session:
            standing = worker.read(session)
            found = findings.everything(session, standing, writes, signing)
            warnings = protection.standing(session.connection()).warnings
    click.echo(str(standing))
    click.echo(str(standing.chained))
    if signing is not None:
        click.echo(trust.line(signing))
    for line in warnings:
        click.echo(f"Protection of the log: {line}")
    click.echo("Stuck:" if found else "Nothing is stuck.")
    for one in found:
        click.echo("\n    ".join(map(str, (f"  {one}", *one.lines))))
    sys.exit(1 if found else 0)


#: A closing of the chain and its hash, as the command prints them.
NOTED = re.compile(r"(\d{1,9}):([0-9a-f]{64})", re.ASCII)


@commands.command("chain")
@click.option("--check", is_flag=True, help="Check all of it now.")
@click.option("--expect", metavar="NUMBER:HASH", help="Check all of it, and this noted closing.")
def print_chain(check: bool, expect: str | None) -> None:
    """Print number and hash of the newest closing of the chain, to be noted elsewhere.

    Exit code 1 if something does not fit.
    """
    noted = NOTED.fullmatch(expect) if expect else None
    if expect and noted is None:
        raise click.UsageError("--expect takes NUMBER:HASH, as this command prints it.")
    engine = installed().extensions["engine"]
    with db.open_session(engine, writes=False) as session:
        chained = chain.read(session)
    click.echo(chained.noted or str(chained))
    if not (check or noted):
        return
    faults = list(chain.check_all(engine, (int(noted[1]), noted[2]) if noted else None))
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        sys.exit(1)
    click.echo("All of it fits.")


@commands.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    help="A public key of age (age1…), for which every file is encrypted; can be repeated. "
    "Default: ZAGUAN_BACKUP_RECIPIENTS.",
)
def back_up(folder: Path, recipients: tuple[str, ...]) -> None:
    """Copy database and files into FOLDER, while everybody goes on working."""
    app = installed()
    logging_setup.configure(app.config["LOG"])
    report = backup.back_up(app, folder, recipients)
    click.echo(
        f"Backed up: {report.rows:,} rows of {report.tables} tables, {report.files:,} files "
        f"({report.copied:,} new). The secret key is not in it: keep it elsewhere."
    )
    for sha256 in report.missing:
        click.echo(f"The backup has no good copy of {sha256}.", err=True)
    for damage in report.damaged:
        click.echo(f"Damaged: {damage}", err=True)
    if report.lost:
        click.echo(f"The chain lacks closing {report.lost} of the backup before.", err=True)
    sys.exit(1 if report.missing or report.damaged or report.lost else 0)


@commands.command("restore")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--identity",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file with the secret key of age, for an encrypted backup.",
)
def restore(folder: Path, identity: Path | None) -> None:
    """Fill an empty installation from the backup in FOLDER, once all of it was looked at."""
    app = opened()
    logging_setup.configure(app.config["LOG"])
    setup.say_what_is_open(app)
    report = backup.restore(app, folder, identity)
    click.echo(
        f"Restored: {report.rows:,} rows of {report.tables} tables, {report.files:,} files. "
        "Now run `zaguan setup --no-demo`, and start."
    )
    with app.app_context():
        if not list_file.path().exists():
            click.echo(listed.NoList(), err=True)


@commands.command("no-suppressions")
def declare_no_suppressions() -> None:
    """Declare that nothing was suppressed that the database still has; it is logged."""
    app = installed()
    with app.app_context(), db.writing(app) as session:
        listed.declare_none(session)
    click.echo("Declared: nothing was suppressed that this database still has. Now start.")


@commands.command("after-restore")
def check_after_restore() -> None:
    """Check and renew what must hold after `pg_restore` or another copy of the database.

    Run it before the web processes start. Exit code 1 if something does not hold.
    """
    report = after_restore.run(installed())
    for line in report.notes:
        click.echo(line)
    for line in report.faults:
        click.echo(line, err=True)
    if report.faults:
        sys.exit(1)
    click.echo("All holds: start.")


#: Words for the two places on the command line.
PLACES = click.Choice(["folder", "bucket"])


class Interrupted(click.ClickException):
    """A move of files stopped at a place that cannot be read or written now."""

    exit_code = 2


@commands.command("move-files")
@click.argument("source", type=PLACES)
@click.argument("target", type=PLACES)
@click.option("--bucket", "address", help="The bucket, if ZAGUAN_FILES is not set: s3://…")
@click.option("--remove", is_flag=True, help="Delete each file at the source once it is copied.")
def move_files(source: str, target: str, address: str | None, remove: bool) -> None:
    """Copy stored files from the folder to the bucket, or back.

    The folder is that of ZAGUAN_DATA; the bucket's key comes from the settings. It can be repeated,
    and resumed after an interruption. Exit code 1 if files are damaged at the source: they stay
    there, and a backup has their good copies; 2 if a place cannot be read or written now.
    """
    if source == target:
        raise click.UsageError("Name the folder and the bucket, in the order of the move.")
    settings: dict[str, str] = dict(os.environ)
    if address:
        settings["ZAGUAN_FILES"] = address
    config = configuration.load(settings)
    if not config["FILES"]:
        raise click.UsageError("Name the bucket: by --bucket, or in ZAGUAN_FILES.")
    place = {"folder": places.named(config, ""), "bucket": places.named(config, config["FILES"])}
    try:
        moved = moving_files.move(place[source], place[target], remove=remove)
    except (places.Away, OSError) as fault:
        raise Interrupted(f"{fault} Repeat the command: it goes on from there.") from None
    click.echo(f"{moved.files:,} files, {moved.copied:,} copied, {moved.removed:,} removed.")
    for sha256 in moved.damaged:
        click.echo(f"Damaged: {sha256}", err=True)
    sys.exit(1 if moved.damaged else 0)
