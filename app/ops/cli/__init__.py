"""The `zaguan` command."""

from __future__ import annotations

import sys

import click

from app.ops.cli.group import commands as commands


def main() -> None:
    """Run a command with the settings of the file; print foreseeable errors without a traceback."""
    try:
        commands(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except Exception as fault:
        from app.ops.cli import foreseen

        code = foreseen.say(fault)
        if code is None:
            raise
        sys.exit(code)
