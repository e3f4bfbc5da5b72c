"""A reader of papers that runs for all tests, and issued papers, typeset once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cases.papers.preflight import reader, reading
from app.cases.papers.preflight.facts import Facts
from tests.app.cases.papers import altered
from tests.app.cases.papers.preflight.bench import Bench, Reader
from tests.app.cases.papers.signed import authority

ADDRESS = "http://localhost/verificar/"


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    """Return a function that returns an issued paper: see `altered.issued`."""
    from app import create_app

    settings = {
        "DATA": tmp_path_factory.mktemp("issued"),
        "SECRET_KEY": "a secret that only the tests know",
        "PUBLIC_URL": "http://localhost",
    }
    app = create_app(settings)

    def made(*given: Any) -> bytes:
        with app.app_context():
            return altered.issued(*given)

    return made


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return folders with the root of the test authority and its revocation lists."""
    return authority.write_trust(tmp_path_factory.mktemp("trust") / "usual")


def answer_here(order: reader.Order) -> Facts:
    """Return what the code of the helper finds in this process, as it would come over a pipe."""
    found: Facts = json.loads(json.dumps(reader.answer(order)))
    return found


@pytest.fixture(scope="session")
def read(trust: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Yield a function that reads bytes in one helper process; `more` changes the order.

    What this process reads must be the same: so coverage, which does not see helpers, is measured.
    """
    folder: Path = tmp_path_factory.mktemp("read")
    helper = reading.new_helper()

    def read_bytes(content: bytes, **more: Any) -> Facts:
        path = folder / "paper"
        path.write_bytes(content)
        order: Any = {
            "path": str(path),
            "issued": 0,
            "addresses": [ADDRESS],
            "now": authority.NOW.isoformat(),
            "judges": True,
            **trust,
            **more,
        }
        with helper.turn():
            _, answer = helper.ask(json.dumps(order).encode())
        found: Facts = json.loads(answer)
        assert altered.without_loop(answer_here, order) == found
        return found

    yield read_bytes
    helper.close()


@pytest.fixture(scope="package")
def bench(issued: Callable[..., bytes], read: Reader) -> Bench:
    """Return the issued papers."""
    return Bench(issued, read)
