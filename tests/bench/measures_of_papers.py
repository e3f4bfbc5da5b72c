"""The measures of a page of a paper: its picture the first time, and again."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select

from app.base import files
from app.base.models import Entity
from app.cases import papers
from tests.app.cases.papers.test_papers import MADE_ON, roster, values
from tests.bench.browser import Browser
from tests.bench.figures import Figure, timed

if TYPE_CHECKING:
    from tests.bench.bench import Bench

PAPERS = 60
ROWS = 60


def paper_page(bench: Bench) -> Figure:
    """Measure the picture of a page of a SIP-RVL-002 that nobody has looked at, over HTTP."""
    return _pictures("paper_page", bench, again=False)


def paper_page_again(bench: Bench) -> Figure:
    """Measure the same when the picture was made before."""
    return _pictures("paper_page_again", bench, again=True)


def _pictures(name: str, bench: Bench, *, again: bool) -> Figure:
    paths = [f"/archivos/{file_id}/paginas/1/imagen" for file_id in stored(bench, name)]
    with bench.served() as (address, _):
        browser = Browser(address, "sip")
        samples = [timed(partial(browser.get, path)) for path in paths]
        if again:
            samples = [timed(partial(browser.get, path)) for path in paths]
    # The first starts the helper, which stays.
    return Figure.of(name, bench.database, samples[1:], "ms")


def stored(bench: Bench, name: str) -> list[str]:
    """Store papers of the same rows, each with other bytes at its end. Return their ids."""
    content = papers.render("sip_rvl_002", values(roster=roster(ROWS)), MADE_ON)
    with bench.session(writes=True) as session:
        entity_id = session.scalars(select(Entity.id).limit(1)).one()
        found = []
        for number in range(PAPERS):
            end = f"\n% {name} {bench.url} {number}".encode()
            use = files.keep(
                session,
                io.BytesIO(content + end),
                media_type="application/pdf",
                owner=files.Owner(entity_id),
                paper="sip_rvl_002",
            )
            found.append(use.id)
        session.commit()
    return found
