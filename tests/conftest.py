"""Fixtures of all tests: a database of each kind, the application, its pages, a clock, a browser.

A test that uses none of them pays for none of them: a fixture imports what it needs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from tests import browsers, cpu, garbage, network, programs, tiers

if TYPE_CHECKING:
    from flask import Flask

    from tests.databases import PostgreSQL, SQLite
    from tests.pages import CheckingClient

#: No property depends on the speed of the machine.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")
network.refuse()
garbage.collect_none()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Load the project's plugins, which add their options."""
    for plugin in (cpu, tiers):
        pluginmanager.register(plugin)


def pytest_collection_finish() -> None:
    """Collect garbage less often: modules are loaded, and tests begin."""
    garbage.collect_seldom()


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """Remove what a command has set up for the log: its stream ends with the test."""
    root = logging.getLogger()
    level = root.level
    yield
    root.handlers = [
        handler for handler in root.handlers if type(handler) is not logging.StreamHandler
    ]
    root.setLevel(level)
    logging.captureWarnings(capture=False)


#: When most tests begin: Monday 2 March 2026, eight in the morning in Lima.
MONDAY = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)


class Clock:
    """The application's clock, which stands still until a test moves it."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def set(self, moment: datetime) -> None:
        """Set the clock to `moment`, which is aware."""
        self.moment = moment.astimezone(UTC)

    def forward(self, **passed: float) -> None:
        """Move the clock forward by a timedelta's arguments: `clock.forward(days=3, hours=2)`."""
        self.moment += timedelta(**passed)


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Yield the clock, at Monday 2 March 2026, eight in the morning in Lima."""
    from app.base import calendar

    standing = Clock(MONDAY)
    calendar.use_clock(standing)
    yield standing
    calendar.use_clock(None)


@pytest.fixture(scope="session")
def sqlite() -> Iterator[SQLite]:
    """Yield the factory of SQLite databases."""
    from tests.databases import SQLite, fast_folder

    with fast_folder() as folder:
        yield SQLite(folder)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """Yield the factory of PostgreSQL databases."""
    from tests.databases import PostgreSQL, fast_folder

    with fast_folder() as folder, closing(PostgreSQL(folder)) as server:
        server.make_template()
        yield server


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the URL of a database with the newest schema, of the kind that `tests.tiers` chose.

    The database is empty, except for a test with a prepared state.
    """
    from tests import prepared

    kind: SQLite | PostgreSQL = request.getfixturevalue(request.param)
    state = prepared.state_for(request.fixturenames)
    if state:
        request.getfixturevalue("fast_process")
        kind.make(state, partial(prepared.fill, state))
    url = kind.create(state) if state else kind.create()
    yield url
    kind.drop(url)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> dict[str, Any]:
    """Return the configuration of an application that stores everything in the test's folder."""
    from app.base import config
    from tests import databases

    environment = {
        "ZAGUAN_DATA": str(tmp_path / "data"),
        "ZAGUAN_DATABASE_URL": database_url,
        "ZAGUAN_SECRET_KEY": "a secret that only the tests know",
        "ZAGUAN_PUBLIC_URL": "http://localhost",
        "ZAGUAN_SECOND_FACTOR": "off",
    }
    urls = databases.settings_of(database_url)
    return config.load(environment) | urls | {"TESTING": True, "WTF_CSRF_ENABLED": False}


@pytest.fixture(scope="session")
def fast_process() -> None:
    """Compile once for all applications of this process, and make passwords cheap."""
    from tests import shortcuts

    shortcuts.addresses()
    shortcuts.statements()
    shortcuts.cheap_passwords()
    shortcuts.silent_sign_ins()


@pytest.fixture
def app(
    settings: dict[str, Any], fast_process: None, pytestconfig: pytest.Config
) -> Iterator[Flask]:
    """Yield the application on the test's database."""
    from app import create_app
    from tests import pages, shortcuts

    made = create_app(settings)
    shortcuts.templates(made)
    pages.every_markup = pytestconfig.getoption("tier") == "nightly"
    made.test_client_class = pages.CheckingClient
    yield made
    made.extensions["engine"].dispose()


@pytest.fixture
def client(app: Flask) -> CheckingClient:
    """Return a visitor without a browser. Each page must be HTML5 without a parse error."""
    visitor: CheckingClient = app.test_client()  # type: ignore[assignment]
    return visitor


@pytest.fixture
def live_server(app: Flask) -> Iterator[str]:
    """Serve the application on the loopback as users meet it. Yield its address."""
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app, threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    app.config.update(PUBLIC_URL=address, WTF_CSRF_ENABLED=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Yield the machine's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=programs.path("chromium"), args=list(browsers.ARGUMENTS)
        )
        yield chromium
        chromium.close()


#: How addresses on this machine begin; passkeys need a name instead of a number.
HERE = ("http://127.0.0.1:", "http://localhost:", "data:", "blob:", "about:")


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Yield a page of a new visitor in Lima. A request to another machine fails the test."""
    context = browser.new_context(locale="es-PE", timezone_id="America/Lima")
    outside: list[str] = []
    context.on(
        "request",
        lambda request: None if request.url.startswith(HERE) else outside.append(request.url),
    )
    yield context.new_page()
    context.close()
    assert not outside, f"requests to other machines: {outside}"
