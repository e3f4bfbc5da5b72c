"""The `zaguan` command."""

from __future__ import annotations

import os
import sys

import click
from sqlalchemy.exc import DatabaseError

from app.base import config, db, files
from app.base.config import settings_file
from app.cases import processes
from app.ops import backup, setup, worker
from app.ops.cli import (
    care,
    comparing,
    diagrams,
    installation,
    migrating,
    running,
    versions,
)
from app.ops.cli.group import commands
from workflows.contract import InvalidDiagram

__all__ = [
    "care",
    "commands",
    "comparing",
    "diagrams",
    "installation",
    "main",
    "migrating",
    "running",
    "versions",
]


def main() -> None:
    """Run a command with the settings of the file; print foreseeable errors without a traceback."""
    try:
        settings_file.add(os.environ)
        config.refuse_unknown(os.environ)
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
    except (
        config.BadSetting,
        db.NotOwner,
        db.OlderSchema,
        db.UnknownRevision,
        setup.CannotSetUp,
        processes.NothingDeployed,
    ) as fault:
        click.echo(str(fault), err=True)
        sys.exit(2)
    except files.Away as fault:
        click.echo(f"{fault} Run the command again.", err=True)
        sys.exit(2)
    except DatabaseError as fault:
        click.echo(f"The database cannot be used: {fault.orig}".strip(), err=True)
        click.echo("Does its server run, and was it set up with `zaguan setup`?", err=True)
        sys.exit(2)
