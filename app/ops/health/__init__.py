"""The health of the installation: a page, an answer for monitors, metrics for Prometheus.

`probe`: reads the state with bounded waits; `writing`: whether files and database can be written;
`findings`: all that is stuck or wrong; `metrics`: the figures, among them those of requests
(`traffic`) and of the `machine`; `trust`: what signatures are checked against.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, render_template, request

from app.base import db
from app.ops import worker
from app.ops.health import findings, metrics, probe, traffic, trust, writing
from app.web.errors import has_public_address

blueprint = Blueprint("health", __name__)
#: The answer of /salud/vivo.
ALIVE = '{"alive":true}\n'

#: Name of what waits (see `app.ops.worker.standing`), and the endpoint that shows it or "".
WAITING: Mapping[str, tuple[str, str]] = {
    "timers_due": ("Plazos por atender", ""),
    "starts_due": ("Procesos por iniciar", ""),
    "reminders_due": ("Tareas por recordar", ""),
    "reminders_waiting": ("Recordatorios por enviar", ""),
    "mails_waiting": ("Correos por enviar", "outbox.list_mails"),
    "messages_waiting": ("Correos recibidos por leer", ""),
    "mails_failed": (
        "Correos que no se pudieron enviar en los últimos 7 días",
        "outbox.list_mails",
    ),
    "mails_bounced": ("Correos devueltos en los últimos 7 días", "outbox.list_mails"),
    "incidents": ("Incidentes abiertos", "incidents.list_incidents"),
    "notices": ("Avisos para coordinadores", ""),
}


def init_app(app: Flask) -> None:
    """Register the page and the addresses of monitors, and count requests."""
    app.register_blueprint(blueprint)
    traffic.init_app(app)


@blueprint.get("/estado")
def show() -> str:
    """Show when each job last ran, what waits, and what is stuck."""
    standing, signing = worker.read(db.session()), trust.read()
    found = findings.everything(db.session(), standing, writing.ask(current_app), signing)
    return render_template(
        "health/status.html",
        standing=standing,
        stuck=[finding.in_spanish for finding in found],
        waiting=WAITING,
        as_public=has_public_address(),
        signing=signing,
        is_trust_set=trust.is_set(),
    )


@blueprint.get("/salud")
def health() -> tuple[Response, int]:
    """Answer 200 if the installation works, 503 if not.

    503 means: the database is away, something cannot be written, or no worker runs the timers.
    """
    standing = probe.ask(current_app)
    if standing is None:
        return jsonify(alive=True, database=False), 503
    jobs = {
        name: {
            "seen_at": job.run.seen_at.isoformat() if job.run else None,
            "late": job.late,
            "failed": job.failed,
        }
        for name, job in standing.jobs.items()
    }
    writes = writing.ask(current_app)
    answer = jsonify(
        alive=True,
        database=True,
        writable=writes,
        at=standing.at.isoformat(),
        as_public_address=has_public_address(),
        jobs=jobs,
        waiting=standing.waiting,
        stuck=[str(finding) for finding in standing.stuck],
    )
    well = all(writes.values()) and not standing.time_stands_still
    return answer, 200 if well else 503


@blueprint.get("/salud/vivo")
def alive() -> Response:
    """Answer 200 while this process answers, whatever the state of the database.

    For a supervisor that restarts a process which does not. In service `app.ops.web_worker` gives
    this answer, without a thread.
    """
    return Response(ALIVE, content_type="application/json")


@blueprint.get("/salud/listo")
def ready() -> tuple[Response, int]:
    """Answer 200 while visits can be recorded: the database has our schema and can be written.

    For a balancer, which sends nothing to a process that is not ready. A worker is not asked about,
    nor the places of files: most pages do not need them.
    """
    writes = writing.ask(current_app, ("database",))
    return jsonify(writable=writes), 200 if all(writes.values()) else 503


@blueprint.get("/metricas")
def show_metrics() -> Response:
    """Return metrics for Prometheus. Without the right token the answer is 404."""
    token = current_app.config["METRICS_TOKEN"]
    shown = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
        abort(404)
    standing = probe.ask(current_app)
    writes = writing.ask(current_app) if standing else {}
    figures = metrics.text(standing, writes, current_app.config["DATA"])
    return Response(figures, content_type=metrics.CONTENT_TYPE)
