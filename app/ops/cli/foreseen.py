"""Errors that an operator can mend, as sentences with an exit code."""

from __future__ import annotations

import sqlite3

import click
import psycopg
from sqlalchemy.exc import SQLAlchemyError

from app.base.config.fault import Foreseen
from workflows.contract import InvalidDiagram


def say(fault: Exception) -> int | None:
    """Print an error as sentences, and return its exit code; None for any other error."""
    match fault:
        case Foreseen():
            lines, code = [str(fault), fault.advice], fault.exit_code
        case InvalidDiagram():
            advice = "These diagrams do not fit this code: nothing was deployed or begun."
            lines, code = [str(fault), advice], 1
        case SQLAlchemyError() | sqlite3.Error() | psycopg.Error():
            why = getattr(fault, "orig", None) or fault
            advice = "Does its server run, has its disk space, and did `zaguan setup` run?"
            lines, code = [f"The database cannot be used: {why}".strip(), advice], 2
        case OSError():
            where = f"{fault.filename}: " if fault.filename else ""
            lines, code = [f"{where}{fault.strerror or fault}."], 2
        case _:
            return None
    click.echo("\n".join(filter(None, lines)), err=True)
    return code
