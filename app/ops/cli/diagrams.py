"""Diagrams in a folder: check, describe, draw."""

from __future__ import annotations

from pathlib import Path

import click

from app.base.config import shipped
from app.cases import processes
from app.ops.cli.group import commands
from workflows.definition import Definition, read_folder
from workflows.diagram import svg
from workflows.reference_page import describe


@commands.command("check")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def check_diagrams(folder: Path) -> None:
    """Check the diagrams and tables of FOLDER against the code, as a deployment would.

    What the code offers and they do not use, and a record that a step needs and no step gives, is
    a remark, and a fault in those of the code itself.
    """
    found = processes.check(read_folder(folder))
    is_own = folder.resolve() == shipped.DIAGRAMS.resolve()
    faults = found.all if is_own else found.faults
    for fault in faults:
        click.echo(str(fault))
    for remark in () if is_own else found.remarks:
        click.echo(f"Remark: {remark}")
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
