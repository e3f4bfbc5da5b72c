"""The application that reports in each answer what it saw of the client, for tests of proxies."""

from __future__ import annotations

from flask import Flask, Response, request

from app.ops import serve

#: The application that gunicorn serves.
APPLICATION = "tests.drill.seen:application()"


def application() -> Flask:
    """Return the application as in service, with two more headers."""
    app = serve.application()
    app.after_request(_say)
    return app


def _say(response: Response) -> Response:
    response.headers["Seen-Address"] = request.remote_addr or ""
    response.headers["Seen-Scheme"] = request.scheme
    return response
