"""Figures of requests: how many, how they ended, and how long they took, by kind of page.

Every web process counts in files of a folder that `app.ops.serve` names in the environment
(prometheus_client's multiprocess mode), so that any of them answers for all, and a process that
ends takes nothing with it. Without the folder a process answers for itself.
"""

from __future__ import annotations

import os
import time

from flask import Flask, Response, current_app, g, request
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    multiprocess,
)

#: Variable of the environment that prometheus_client reads when it is imported.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
#: Upper limits of the durations that are counted apart, in seconds.
LIMITS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
#: Kind of page of an address that does not exist, and of a request that no thread got.
NO_PAGE, NO_THREAD = "none", "refused"

disable_created_metrics()
REQUESTS = Counter(
    "zaguan_requests", "Requests by kind of page and status", ["page", "status"], registry=None
)
SECONDS = Histogram(
    "zaguan_request_seconds",
    "Time until a request's answer begins",
    ["page"],
    registry=None,
    buckets=LIMITS,
)


def init_app(app: Flask) -> None:
    """Count the requests of the application if its metrics can be read."""
    if app.config["METRICS_TOKEN"]:
        app.before_request(_begin)
        app.after_request(_count)


def count_refused(code: int) -> None:
    """Count a request that the main loop of a web process answered with a status."""
    REQUESTS.labels(NO_THREAD, f"{code // 100}xx").inc()


def join(registry: CollectorRegistry) -> None:
    """Add the figures of all web processes to a registry."""
    if os.environ.get(FOLDER):
        multiprocess.MultiProcessCollector(registry)
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)


def _begin() -> None:
    g.counted_from = time.perf_counter()


def _count(response: Response) -> Response:
    page = _page()
    REQUESTS.labels(page, f"{response.status_code // 100}xx").inc()
    if "counted_from" in g:
        SECONDS.labels(page).observe(time.perf_counter() - g.counted_from)
    return response


def _page() -> str:
    """Return the kind of page: the room and the module of its blueprint, as `register.desk`.

    It never depends on what an address contains.
    """
    blueprint = current_app.blueprints.get(request.blueprint or "")
    if blueprint is not None:
        return ".".join(blueprint.import_name.split(".")[1:3])
    return request.endpoint or NO_PAGE
