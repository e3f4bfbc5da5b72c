"""Spans of requests, acts and jobs for an OpenTelemetry collector, by OTLP over HTTP.

Off unless `ZAGUAN_OTLP_URL` is set; then nothing of OpenTelemetry is imported. Spans have names of
the code, ids of rows and figures: a route, never an address; the type of an error, never its text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from typing import Any

from flask import Flask, Response, g, request

#: Seconds that the collector may take to answer. Meanwhile spans wait in memory, 2,048 at most.
PATIENCE = 5
#: A value of an attribute.
Value = str | int

_provider: Any = None
_tracer: Any = None


def init_app(app: Flask) -> None:
    """Send spans if there is a setting for it, and a span for each request."""
    if app.config["OTLP_URL"]:
        begin_sending(app.config["OTLP_URL"])
        app.before_request(_begin_request)
        app.after_request(_note_answer)
        app.teardown_request(_end_request)


def begin_sending(url: str) -> None:
    """Send spans to an address such as http://127.0.0.1:4318/v1/traces, some seconds later."""
    global _provider, _tracer
    if _provider is not None:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    version = metadata.version("zaguan-rvl")
    resource = Resource.create({"service.name": "zaguan", "service.version": version})
    _provider = TracerProvider(resource=resource)
    exporter = OTLPSpanExporter(endpoint=url, timeout=PATIENCE)
    _provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = _provider.get_tracer("zaguan", version)


def end_sending() -> None:
    """Send what waits, and stop."""
    global _provider, _tracer
    if _provider is not None:
        _provider.shutdown()
    _provider = _tracer = None


def begin(name: str) -> Any:
    """Begin a span within the current one; None if no spans are sent. One that is not ended is
    never sent.
    """
    return _tracer.start_span(name) if _tracer is not None else None


def end(span: Any, error: str = "", **attributes: Value) -> None:
    """End a span. `error`: the type of the error that ended the work."""
    if span is None:
        return
    for name, value in attributes.items():
        span.set_attribute(f"zaguan.{name}", value)
    if error:
        from opentelemetry.trace import StatusCode

        span.set_attribute("error.type", error)
        span.set_status(StatusCode.ERROR)
    span.end()


@contextmanager
def span(name: str, **attributes: Value) -> Iterator[None]:
    """Open a span that others begin within. An exception ends it with the exception's type."""
    opened = begin(name)
    token = _enter(opened)
    error = ""
    try:
        yield
    except BaseException as fault:
        error = type(fault).__name__
        raise
    finally:
        _leave(token)
        end(opened, error, **attributes)


def _enter(opened: Any) -> Any:
    """Make a span the current one. Return what `_leave` takes."""
    if opened is None:
        return None
    from opentelemetry import context, trace

    return context.attach(trace.set_span_in_context(opened))


def _leave(token: Any) -> None:
    if token is not None:
        from opentelemetry import context

        context.detach(token)


def _begin_request() -> None:
    route = request.url_rule.rule if request.url_rule else ""
    g.span = begin(f"{request.method} {route}".strip())
    g.span_token = _enter(g.span)
    g.span.set_attribute("http.request.method", request.method)
    g.span.set_attribute("http.route", route)


def _note_answer(response: Response) -> Response:
    if opened := g.get("span"):
        opened.set_attribute("http.response.status_code", response.status_code)
        g.span_error = str(response.status_code) if response.status_code >= 500 else ""
    return response


def _end_request(error: BaseException | None) -> None:
    if opened := g.pop("span", None):
        _leave(g.pop("span_token"))
        end(opened, type(error).__name__ if error is not None else g.get("span_error", ""))
