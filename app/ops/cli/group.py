"""The command `zaguan`, and the application that its subcommands open."""

from __future__ import annotations

from typing import Any

import click
from flask import Flask

from app import create_app
from app.ops import setup


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zaguan-rvl", prog_name="Zaguán", message="%(prog)s %(version)s")
def commands() -> None:
    """Zaguán: the onboarding of public entities to the register of visits."""


def opened(settings: dict[str, Any] | None = None) -> Flask:
    """Return the application; its database is closed when the command ends.

    `settings` replace the environment. Raises db.OlderSchema.
    """
    setup.refuse_older()
    app = create_app(settings)
    click.get_current_context().call_on_close(app.extensions["engine"].dispose)
    return app


def installed() -> Flask:
    """Return the application of an installation that is set up. Raise setup.CannotSetUp."""
    setup.must_be_set_up()
    return opened()
