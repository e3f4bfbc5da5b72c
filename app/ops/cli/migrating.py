"""Migrations of running cases: rehearse one over all live cases, and apply what passes."""

from __future__ import annotations

import click
from flask import Flask, current_app

from app.base import db
from app.base.definitions import find_version
from app.base.models import Migration
from app.cases import status
from app.cases.processes.migrating.rehearsals import batches, judging, starting, work
from app.cases.processes.migrating.rehearsals.table import in_lines, table
from app.ops.cli.group import commands, installed

KINDS = {"passes": "passes", "changes": "changes", "not-yet": "not_yet"}


@commands.command("migrate-cases")
@click.argument("target")
@click.option("--rehearse", "only", is_flag=True, help="Only rehearse: move no case.")
@click.option("--process", default="", type=click.Choice(["", *status.PROCESS_NAMES]))
@click.option("--stage", default="", help="The id of a stage.")
@click.option("--region", default="", help="As the catalogue writes it.")
@click.option("--kind", default="", type=click.Choice(["", *KINDS]), help="One kind of verdict.")
def migrate_cases(
    target: str, *, only: bool, process: str, stage: str, region: str, kind: str
) -> None:
    """Rehearse moving all live cases to the version TARGET, print the table, and move what passes.

    TARGET is a number, the beginning of a hash, or in-force. The table is the one of the page
    Ensayo de la migración, where it is kept. Questions are answered there. Cases move only to the
    version in force; where a second person must confirm, the batch is made on the page.
    """
    app = installed()
    chosen = batches.Filter(process, stage, region, KINDS.get(kind, ""))
    with app.app_context():
        migration_id = _rehearsed(app, target)
        if not only:
            _apply(app, migration_id, chosen)


def _rehearsed(app: Flask, target: str) -> int:
    """Rehearse, print the table, and return the number of the migration."""
    with db.writing(app) as session:
        version = find_version(session, target)
        if version is None:
            raise click.ClickException(f"{target} is not one version of this installation.")
        try:
            migration_id = starting.start(session, version, None).id
        except starting.UnderWay as error:
            raise click.ClickException(
                "A rehearsal or a batch onto this version is under way: wait for its end."
            ) from error

    def progress() -> bool:
        with db.open_session(app.extensions["engine"], writes=False) as session:
            done, total = judging.progress(session, migration_id)
        click.echo(f"{done} of {total} cases", err=True)
        return False

    work.rehearse(app.extensions["engine"], migration_id, progress)
    with db.open_session(app.extensions["engine"], writes=False) as session:
        row = session.get_one(Migration, migration_id)
        if row.state == "void":
            raise click.ClickException(
                "A version was put into force meanwhile: the rehearsal is void. Run it again."
            )
        for line in in_lines(table(session, row)):
            click.echo(line)
    return migration_id


def _apply(app: Flask, migration_id: int, chosen: batches.Filter) -> None:
    """Move the cases of a filter that pass, and print the results."""
    with db.writing(app) as session:
        row = session.get_one(Migration, migration_id)
        count = batches.count(session, migration_id, chosen)
        if not count:
            raise click.ClickException("No case passes that the filter takes: nothing was moved.")
        every = current_app.config["VERSIONS_NEED_TWO"] == "yes"
        try:
            batch = batches.propose(session, row, chosen, count, None, two=every)
        except batches.SecondPersonNeeded as error:
            raise click.ClickException(
                "A second person must confirm: the version changes more than names, drawings or "
                "remarks, or the setting asks for it. Make the batch on the page."
            ) from error
        except batches.NotInForce as error:
            raise click.ClickException(
                "Cases move only to the version that is in force: nothing was moved."
            ) from error
        except batches.NotRehearsed as error:
            raise click.ClickException("The rehearsal is not finished.") from error
        number = batch.number
    work.apply(app.extensions["engine"], migration_id)
    with db.open_session(app.extensions["engine"], writes=False) as session:
        for result, cases in batches.results(session, migration_id, number).items():
            click.echo(f"{result}: {cases}")
