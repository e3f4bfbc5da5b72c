"""The measures of papers: making one, and the picture of a page, the first time and again."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app.base import files
from app.base.models import Entity
from app.cases import papers
from app.cases.papers import issued
from tests.app.cases.papers.test_papers import MADE_ON, roster, values
from tests.bench.browser import Browser
from tests.bench.figures import Figure, timed
from tests.bench.invented import COMMON_SURNAMES, GIVEN_NAMES

if TYPE_CHECKING:
    from tests.bench.bench import Bench

PAPERS = 60
ROWS = 60
#: Papers that are made for a measure, by the number of their people.
MADE = {30: 60, 1000: 20}


def make_personnel_30(bench: Bench) -> Figure:
    """Measure making a SIP-RVL-002 of 30 people, with its code and the QR of its pages."""
    return _made("make_personnel_30", bench, 30)


def make_personnel_1000(bench: Bench) -> Figure:
    """Measure the same with 1,000 people."""
    return _made("make_personnel_1000", bench, 1000)


def _made(name: str, bench: Bench, people: int) -> Figure:
    with bench.app.app_context():
        samples = [timed(partial(_make, personnel(people, n))) for n in range(MADE[people] + 1)]
    # The first starts the typesetter, which stays.
    return Figure.of(name, bench.database, samples[1:], "ms")


def _make(said: Mapping[str, Any]) -> None:
    papers.render("sip_rvl_002", said, MADE_ON, issued.new_code())


def personnel(people: int, seed: int) -> dict[str, Any]:
    """Return the records of a SIP-RVL-002: names, numbers and addresses are those of its seed."""
    invented = Random(seed)
    return values(
        roster=[
            row
            | {
                "document_number": str(invented.randrange(10**7, 10**8)),
                "given_names": invented.choice(GIVEN_NAMES),
                "surnames": " ".join(invented.choices(COMMON_SURNAMES, k=2)),
                "email": f"persona.{invented.randrange(10**6)}@example.pe",
            }
            for row in roster(people)
        ]
    )


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
