"""Versions of the diagrams: what differs between two of them."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask

from app.base import db
from app.base.definitions import definition_of, find_version
from app.ops.cli.group import commands, installed
from workflows.contract import InvalidDiagram
from workflows.definition import Definition, read_folder
from workflows.differences import Difference, differences


class NoVersion(click.ClickException):
    """A version cannot be read. As with diff, 1 means different and 2 means trouble."""

    exit_code = 2


@commands.command("diff")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
def diff(old: str, new: str) -> None:
    """Print what differs from version A to version B, in Spanish, as on the page Proceso.

    A and B are folders of diagrams and tables, or versions of this installation: a number, the
    beginning of a hash, or in-force. Exit status: 0 the same, 1 different, 2 trouble.
    """
    before, after = (_folder(text) for text in (old, new))
    if before is None or after is None:
        app = installed()
        before = before or _stored(app, old)
        after = after or _stored(app, new)
    found = differences(before, after)
    for one in found:
        click.echo(_line(one, before, after))
    if found:
        sys.exit(1)


def _folder(text: str) -> Definition | None:
    """Return the version in a folder; None if the argument names none. Raises NoVersion."""
    path = Path(text)
    if not path.is_dir():
        return None
    try:
        texts = read_folder(path)
        if not texts:
            raise NoVersion(f"{text} has no .bpmn or .dmn files.")
        return Definition.parse(texts)
    except InvalidDiagram as error:
        raise NoVersion(str(error)) from error


def _stored(app: Flask, text: str) -> Definition:
    with app.app_context():
        found = find_version(db.session(), text)
        if found is None:
            raise NoVersion(f"{text} is neither a folder nor one version of this installation.")
        return definition_of(found)


def _line(one: Difference, before: Definition, after: Definition) -> str:
    """Return a difference as a line: its process, what, before, now, whether it has no effect."""
    name = after.processes.get(one.process) or before.processes.get(one.process) or "Tablas"
    mark = "" if one.has_effect else " [sin efecto]"
    return f"{name} · {one.what} · {one.before} · {one.now}{mark}"
