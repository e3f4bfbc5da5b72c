"""A provider that answers as a test wants: with bad tokens, too much, too late, or not at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.base import calendar
from tests.app.people.provider.real import settings

__all__ = ["Fake", "fake", "key", "settings"]


@cache
def key(kid: str = "first", kind: str = "RSA") -> Any:
    """Return a key of the tests; making one takes a moment."""
    if kind == "EC":
        return ECKey.generate_key("P-256", {"kid": kid})
    if kind == "oct":
        return OctKey.import_key("a secret of the provider and of this site", {"kid": kid})
    return RSAKey.generate_key(2048, {"kid": kid})


class Fake(ThreadingHTTPServer):
    """The server. Tests replace its attributes before they walk."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        #: What replaces the metadata, the claims of the ID token and userinfo; None: left out.
        self.metadata: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        #: The keys that it publishes, and how it signs.
        self.keys = [key()]
        self.algorithm, self.signing = "RS256", key()
        #: The nonce that it got, and the ID token that it gives instead of a right one.
        self.nonce, self.token = "", ""
        #: A path → what answers there instead.
        self.instead: dict[str, Callable[[_Answering], None]] = {}
        #: The paths of its requests, the parameters of the browser, and the form of the token.
        self.paths: list[str] = []
        self.wanted: dict[str, str] = {}
        self.form: dict[str, str] = {}
        self.over = threading.Event()
        #: Called with the path before each answer.
        self.before: Callable[[str], None] = lambda _: None

    @property
    def issuer(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"

    def authorize(self, location: str, **more: str) -> str:
        """Take the address that the browser was sent to; return the way back to the site."""
        address = urlsplit(location)
        assert f"{address.scheme}://{address.netloc}{address.path}" == f"{self.issuer}/auth"
        self.wanted = {name: values[0] for name, values in parse_qs(address.query).items()}
        self.nonce = self.wanted["nonce"]
        query = {"code": "a-code", "state": self.wanted["state"]} | more
        return "/ingresar/proveedor/regreso?" + "&".join(f"{n}={v}" for n, v in query.items())

    def id_token(self) -> str:
        """Return the signed ID token."""
        now = int(calendar.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": "zaguan",
            "sub": "subject 1",
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": self.nonce,
            "acr": "two_factor",
        } | self.claims
        present = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.signing.kid}
        return jwt.encode(header, present, self.signing, [self.algorithm])

    def answer_to(self, path: str) -> Any:
        """Return the JSON of a path."""
        if path == "/token":
            return {"access_token": "access", "id_token": self.token or self.id_token()}
        if path == "/me":
            known = {"sub": "subject 1", "doc": "40000003", "docType": "DNI"}
            return known | self.userinfo
        if path == "/keys":
            public = [one.as_dict(private=one.key_type == "oct") for one in self.keys]
            return {"keys": [one | {"use": "sig"} for one in public]}
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/me",
            "jwks_uri": f"{self.issuer}/keys",
            "code_challenge_methods_supported": ["S256"],
        } | self.metadata


class _Answering(BaseHTTPRequestHandler):
    server: Fake

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.server.paths.append(path)
        self.server.before(path)
        if path in self.server.instead:
            self.server.instead[path](self)
            return
        body = json.dumps(self.server.answer_to(path)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.form = {name: values[0] for name, values in parse_qs(text).items()}
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def fake() -> Iterator[Fake]:
    """Yield a provider that listens."""
    with Fake() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
