"""What runs: web processes, the worker, and single turns of its jobs."""

from __future__ import annotations

import os
from collections.abc import Callable

import click

from app.base import db, logging_setup
from app.cases import processes
from app.mailroom import sending
from app.ops import serve, setup, worker
from app.ops.cli.group import commands, installed
from app.ops.progress import step


def _listening(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where web processes listen, and how many there are."""
    ports, counts = click.IntRange(1, 65535), click.IntRange(1, 64)
    for option in (
        click.option("--workers", default=2, show_default=True, type=counts),
        click.option("--host", default="127.0.0.1", show_default=True),
        click.option("--port", default=8000, show_default=True, envvar="PORT", type=ports),
    ):
        command = option(command)
    return command


def _check_installation() -> None:
    """Raise what keeps an installation from being served; name what other users can reach."""
    app = installed()
    with app.app_context(), db.open_session(app.extensions["engine"], writes=False) as session:
        processes.check_live(session)
    setup.suppress_again(app)
    setup.say_what_is_open(app)


@commands.command("serve")
@_listening
def serve_all(port: int, host: str, workers: int) -> None:
    """Run web processes and a worker until Ctrl-C, or until one of them dies."""
    serve.must_be_free(host, port)
    _check_installation()
    serve.serve(host, port, workers)


@commands.command("web")
@_listening
def serve_web(port: int, host: str, workers: int) -> None:
    """Run the web processes alone; workers run by `zaguan worker`."""
    serve.must_be_free(host, port)
    _check_installation()
    command = serve.web_command(host, port, workers)
    serve.share_counters(os.environ)
    os.execv(command[0], command)  # noqa: S606 - gunicorn, with our own arguments


@commands.command("worker")
def run_worker() -> None:
    """Let time pass: wake what is due, remind, send, and keep house, until stopped."""
    app = installed()
    logging_setup.configure(app.config["LOG"])
    setup.suppress_again(app)
    setup.say_what_is_open(app)
    worker.run(app)


@commands.command("tick")
def tick_once() -> None:
    """Wake what is due, once."""
    app = installed()
    with app.app_context(), step("Waking what is due"):
        click.echo(f"Woken: {processes.tick(app.extensions['engine'])}")


@commands.command("send")
def send_once() -> None:
    """Send what waits in the outbox and may go now, once, up to the limit per minute."""
    app = installed()
    with step("Sending what waits"):
        done = sending.run(app)
    if not done and sending.is_busy(app.extensions["engine"]):
        raise click.ClickException("A worker is sending, or has claimed what waits: none is sent.")
    click.echo(", ".join(f"{name}: {count}" for name, count in sorted(done.items())) or "Nothing.")
