"""The site with a provider that answers as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from tests.app.cast import account
from tests.app.people.provider.fake import Fake, fake, settings
from tests.conftest import Clock
from tests.pages import CheckingClient

NUMBER = "40000003"
#: Goes to the provider and back in a browser; returns the site's answer.
Travel = Callable[..., Any]


@pytest.fixture
def provider() -> Iterator[Fake]:
    """Yield the provider."""
    with fake() as server:
        yield server


@pytest.fixture
def site(app: Flask, clock: Clock, provider: Fake) -> Flask:
    """Return an application with the provider, and a coordinator of the SIP."""
    app.config.update(settings(provider.issuer), SECOND_FACTOR="required")
    account(app, NUMBER, "sip")
    return app


@pytest.fixture
def visitor(site: Flask) -> CheckingClient:
    """Return a browser of the site."""
    made = site.test_client()
    assert isinstance(made, CheckingClient)
    return made


@pytest.fixture
def travel(visitor: CheckingClient, provider: Fake) -> Travel:
    """Return the way, of people of the PCM: the second way is the one with two factors."""

    def go(path: str = "/ingresar/proveedor", **more: str) -> Any:
        begun = visitor.get(path)
        assert begun.status_code == 303, begun.text
        return visitor.get(provider.authorize(begun.location, **more))

    return go
