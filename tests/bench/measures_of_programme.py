"""The programme's pages."""

from __future__ import annotations

from functools import partial

from tests.bench.bench import Bench
from tests.bench.browser import Browser, Within
from tests.bench.figures import Figure, timed

PAGES = (
    "/programa",
    "/programa/regiones",
    "/programa/grupos",
    "/programa/recorrido",
    "/programa/recorrido/training",
    "/programa/dias",
)
TURNS = 20


def programme(bench: Bench) -> Figure:
    """All pages of the programme in turn, over HTTP; the statements are those of the most."""
    with bench.served() as (address, _):
        browser = Browser(address, "sip")
        samples = [timed(partial(browser.get, path)) for path in PAGES * TURNS]
    within = Within(bench.app.test_client(), "sip")
    sent = []
    for path in PAGES:
        within.get(path)
        with bench.statements() as statements:
            within.get(path)
        sent.append(len(statements))
    # The first turn counts everything once in each process.
    return Figure.of("programme", bench.database, samples[len(PAGES) :], "ms", statements=max(sent))
