"""The command `zaguan`, and the application that its subcommands open."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from app import create_app

if TYPE_CHECKING:
    from flask import Flask

#: Command → its module here. A module is imported with the first of its commands that is used.
PLACES = {
    name: module
    for module, names in {
        "care": "status chain backup restore no-suppressions after-restore move-files",
        "comparing": "diff",
        "diagrams": "check describe draw",
        "incoming": "mail-in",
        "installation": "assets migrate setup demo import-entities create-superuser "
        "reset-factor rebuild error-pages",
        "migrating": "migrate-cases",
        "running": "serve web worker tick send",
        "versions": "deploy offer export-version",
    }.items()
    for name in names.split()
}


class _Lazy(click.Group):
    """A group that imports a command when it is used: all of them take two seconds."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names of all commands, in order."""
        return sorted(PLACES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Import and return a command; None for an unknown one."""
        if name in PLACES:
            import_module(f"app.ops.cli.{PLACES[name]}")
        return super().get_command(context, name)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zaguan-rvl", prog_name="Zaguán", message="%(prog)s %(version)s")
def commands() -> None:
    """Zaguán: the onboarding of public entities to the register of visits."""
    from app.base.config import refuse_unknown, settings_file

    settings_file.add(os.environ)
    refuse_unknown(os.environ)


def opened(settings: dict[str, Any] | None = None) -> Flask:
    """Return the application; its database is closed when the command ends.

    `settings` replace the environment. Raises db.OlderSchema.
    """
    from app.ops import setup

    setup.refuse_older()
    app = create_app(settings)
    click.get_current_context().call_on_close(app.extensions["engine"].dispose)
    return app


def installed() -> Flask:
    """Return the application of an installation that is set up. Raise setup.CannotSetUp."""
    from app.ops import setup

    setup.must_be_set_up()
    return opened()
