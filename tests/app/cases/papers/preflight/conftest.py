"""A reader of papers, in this process and in its helper, and issued papers, typeset once."""

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


Order = Callable[..., reader.Order]


@pytest.fixture(scope="session")
def order(trust: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Order:
    """Return a function that stores bytes and returns the order to read them, with changes."""
    path: Path = tmp_path_factory.mktemp("read") / "paper"

    def order_for(content: bytes, **more: Any) -> reader.Order:
        path.write_bytes(content)
        made: Any = {
            "path": str(path),
            "issued": 0,
            "addresses": [ADDRESS],
            "now": authority.NOW.isoformat(),
            "judges": True,
            **trust,
            **more,
        }
        ordered: reader.Order = made
        return ordered

    return order_for


@pytest.fixture(scope="session")
def read(order: Order) -> Reader:
    """Return a function that reads bytes in this process; `more` changes the order."""
    return lambda content, **more: altered.without_loop(answer_here, order(content, **more))


@pytest.fixture(scope="session")
def read_by_helper(order: Order) -> Iterator[Reader]:
    """Yield a function that reads bytes in a helper process, as the product does."""
    helper = reading.new_helper()

    def read_bytes(content: bytes, **more: Any) -> Facts:
        with helper.turn():
            _, answer = helper.ask(json.dumps(order(content, **more)).encode())
        found: Facts = json.loads(answer)
        return found

    yield read_bytes
    helper.close()


@pytest.fixture(scope="package")
def bench(issued: Callable[..., bytes], read: Reader) -> Bench:
    """Return the issued papers."""
    return Bench(issued, read)
