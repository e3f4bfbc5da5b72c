"""Units and sites are opened and closed on a day, with a reason, like people."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest
from sqlalchemy import select

from app.base.models import Site
from app.cases import records
from app.cases.case import Case
from app.cases.records.personnel_change import ChangedMeanwhile
from forms.change_documents import PlaceChange
from forms.records import RosterRow
from forms.shapes.personnel_change import nothing
from tests.app.cases.changes import changing
from tests.app.cases.changes.changing import FIRST, NEW, change, leaving
from tests.app.walk import CODE, Walk

pytestmark = pytest.mark.nightly

OLD = FIRST["site"]
DAY = "2026-03-01"


@pytest.fixture
def live(walk: Walk) -> Walk:
    return changing.live(walk)


def place(movement: str, name: str, what: str = "site", to: str = "") -> dict[str, Any]:
    """Return a unit or a site that is opened or closed."""
    reason = "Ordenanza 012-2026"
    return {
        "what": what, "movement": movement, "name": name, "day": DAY, "reason": reason, "to": to,
    }  # fmt: skip


def sites(walk: Walk) -> dict[str, tuple[date, date | None]]:
    """Return the days of the register's sites."""
    rows = walk.all(select(Site).order_by(Site.name))
    return {row.name: (row.from_on, row.to_on) for row in rows}


def test_a_site_without_people_stays_until_it_is_closed(live: Walk):
    on = date.fromisoformat(DAY)
    change(live, {"places": [place("opened", "Sede Norte")]})
    assert sites(live)["Sede Norte"] == (on, None)
    change(live, {"rows": [NEW], "leaving": [leaving(FIRST)]})
    assert sites(live)["Sede Norte"] == (on, None), "another change leaves it"
    change(live, {"places": [place("closed", "Sede Norte")]})
    assert sites(live)["Sede Norte"] == (on, on)
    said = live.entries("personnel.changed")[-1].data
    assert (said["people"], said["places"]) == (0, 1)


def test_the_people_of_a_site_that_closes_pass_to_another(live: Walk):
    moves = [place("opened", "Sede Norte"), place("closed", OLD, to="Sede Norte")]
    change(live, {"places": moves})
    assert {site for _, site in changing.roster(live).values()} == {"Sede Norte"}
    there = sites(live)
    assert there["Sede Norte"][1] is None
    assert there[OLD][1] is not None


def test_a_unit_is_listed_with_its_days_and_reason(live: Walk):
    change(live, {"places": [place("opened", "Archivo Central", "unit")]})
    change(live, {"renames": [{"what": "unit", "before": "Archivo Central", "after": "Archivo"}]})
    page = live.browser("administrator").get(f"/entidades/{CODE}/personal").text
    row = page[page.index('<th scope="row">Archivo<') :]
    assert row.index("Ordenanza 012-2026") < row.index("01/03/2026") < row.index("</tr>")
    assert "Archivo Central" not in page


def test_a_site_that_got_people_meanwhile_is_not_closed(live: Walk):
    change(live, {"places": [place("opened", "Sede Norte")]})
    open_step = live.begin("change_personnel")
    closing = place("closed", "Sede Norte") | {"kind": "site", "on": DAY}
    found = nothing(DAY) | {"places": [cast("PlaceChange", closing)]}
    with live.writing() as session:
        task = live.find(session, changing.STEP, open_step)
        case = Case(session, task.entity, task.instance, None, task)
        records.roster.amend(case, [cast("RosterRow", NEW | {"site": "Sede Norte"})], [])
        with pytest.raises(ChangedMeanwhile):
            records.write(case, "personnel_change", found)
