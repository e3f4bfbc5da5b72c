"""The application that says in each answer what it saw of who asked, for tests of proxies."""

from __future__ import annotations

from flask import Flask, Response, request

from app.ops import serve

#: What gunicorn serves.
APPLICATION = "tests.drill.seen:application()"


def application() -> Flask:
    """As in service, with two headers more."""
    app = serve.application()
    app.after_request(_say)
    return app


def _say(response: Response) -> Response:
    response.headers["Seen-Address"] = request.remote_addr or ""
    response.headers["Seen-Scheme"] = request.scheme
    return response
