"""Incoming mail, for an MTA's pipe: one process a message, so it imports little."""

from __future__ import annotations

import sys

import click

from app.mailroom import spool
from app.ops.cli.group import commands


@commands.command("mail-in")
@click.option("--recipient", default="", help="The envelope recipient that the MTA reports.")
def take_mail(recipient: str) -> None:
    """Take one message from standard input; for an MTA's pipe, with its exit codes."""
    code, sentence = spool.store(sys.stdin.buffer, recipient)
    click.echo(sentence, err=bool(code))
    sys.exit(code)
