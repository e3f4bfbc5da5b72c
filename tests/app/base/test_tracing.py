"""Traces: a collector on the loopback receives spans of requests, acts and jobs, if it is set."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app import create_app
from app.base.logging_setup import tracing
from app.ops import worker
from app.ops.worker.turns import turn
from tests.app.walk import Walk
from tests.pages import CheckingClient
from tests.tree import ROOT


class Collector:
    """Receives spans by OTLP over HTTP."""

    def __init__(self) -> None:
        self.received: list[ExportTraceServiceRequest] = []
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                received.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/traces"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def spans(self) -> list[Any]:
        """Return the spans, after all that wait were sent."""
        tracing.end_sending()
        return [
            span
            for request in self.received
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    tracing.end_sending()
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def traced(app: Flask, collector: Collector) -> Iterator[Flask]:
    """Yield the application with traces."""
    made = create_app(app.config | {"OTLP_URL": collector.url})
    made.test_client_class = CheckingClient
    yield made
    made.extensions["engine"].dispose()


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: one.value.int_value or one.value.string_value for one in span.attributes}


@pytest.mark.nightly
def test_a_request_is_a_span_with_its_route_and_nothing_of_its_address(
    traced: Flask, collector: Collector
):
    client = traced.test_client()
    client.get("/visitas?q=quispe+inventada", headers={"User-Agent": "Robot Inventado"})
    client.get("/visita/SECRETCODE")
    client.get("/no/hay/00000501")
    found = {span.name: span for span in collector.spans()}
    assert set(found) == {"GET /visitas", "GET /visita/<visit>", "GET"}
    assert attributes(found["GET /visitas"]) == {
        "http.request.method": "GET",
        "http.route": "/visitas",
        "http.response.status_code": 200,
    }
    assert attributes(found["GET /visita/<visit>"])["http.response.status_code"] == 404
    sent = b"".join(request.SerializeToString() for request in collector.received)
    for words in (b"quispe", b"SECRETCODE", b"00000501", b"Robot", b"127.0.0.1"):
        assert words not in sent


def test_an_act_is_a_span_within_its_request(traced: Flask, collector: Collector, walk: Walk):
    walk.begin()
    with traced.app_context(), tracing.span("the request"):
        walk.answer("designate_administrator")
    found = {span.name: span for span in collector.spans()}
    act = found["act onboarding"]
    assert act.parent_span_id == found["the request"].span_id
    assert act.trace_id == found["the request"].trace_id
    assert attributes(act) == {"zaguan.instance": walk.id}
    assert act.end_time_unix_nano > act.start_time_unix_nano


def test_a_job_is_a_span_with_the_type_of_its_error(traced: Flask, collector: Collector):
    def fail(*_: Any) -> dict[str, int]:
        raise ValueError("of persona@example.pe")

    job = worker.JOBS["tick"]
    turn(traced, job)
    turn(traced, replace(job, work=fail))
    good, bad = (span for span in collector.spans() if span.name == "job tick")
    assert (attributes(good), good.status.code) == ({}, 0)
    assert (attributes(bad), bad.status.code) == ({"error.type": "ValueError"}, 2)
    sent = b"".join(request.SerializeToString() for request in collector.received)
    assert b"persona" not in sent
    assert b"Traceback" not in sent


def test_a_page_that_fails_is_a_span_with_an_error(
    traced: Flask, collector: Collector, monkeypatch: pytest.MonkeyPatch
):
    traced.config["PROPAGATE_EXCEPTIONS"] = False
    endpoint = traced.url_map.bind("").match("/visitas")[0]
    monkeypatch.setitem(traced.view_functions, endpoint, lambda: 1 / 0)
    traced.test_client().get("/visitas")
    (span,) = collector.spans()
    assert span.status.code == 2
    assert attributes(span)["error.type"] == "ZeroDivisionError"
    assert span.events == []


@pytest.mark.nightly
def test_a_collector_that_is_away_stops_nothing(app: Flask, collector: Collector):
    made = create_app(app.config | {"OTLP_URL": "http://127.0.0.1:9/v1/traces"})
    assert made.test_client().get("/visitas").status_code == 200
    made.extensions["engine"].dispose()


@pytest.mark.nightly
def test_without_the_setting_nothing_of_it_is_imported(tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from app import create_app; "
        f"create_app({{'DATA': Path({str(tmp_path)!r}), 'SECRET_KEY': 'x' * 40}}); "
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert run.stdout.strip() == "[]"
