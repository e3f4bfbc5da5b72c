"""An answer reads each row once, and writes its case once."""

from __future__ import annotations

import re

import pytest

from tests.app.walk import Walk

#: The statements of the answer to a reception, its mails and SQLite's BEGIN included.
MOST = 22


@pytest.fixture
def sent(walk: Walk) -> list[str]:
    """Return the statements of the request that answers a reception."""
    walk.begin_filed()
    walk.draft("record_reception", "received")
    browser, address = walk.browser("sip"), f"/tareas/{walk.task('record_reception').id}/revisar"
    browser.get(address)
    with walk.statements() as found:
        answer = browser.post(address, data={"action": "submit"})
    assert answer.status_code == 303
    assert walk.open_steps() == ["review_designation"]
    return [" ".join(one.split()) for one in found]


def of(sent: list[str], pattern: str) -> list[str]:
    return [one for one in sent if re.search(pattern, one)]


@pytest.mark.nightly
def test_the_case_is_locked_and_read_once_and_written_once(sent: list[str]):
    assert len(of(sent, r"^SELECT process_instance\.\S+ .*process_instance\.state\b")) == 1
    assert len(of(sent, "^UPDATE process_instance")) == 1


@pytest.mark.nightly
def test_what_the_page_reads_is_not_read_again_by_the_act(sent: list[str]):
    for table in ("sign_in", "non_working_day"):
        assert len(of(sent, f"^SELECT .* FROM {table}( |$)|JOIN {table} ")) <= 1, table
    assert len(of(sent, "FROM filing WHERE filing.instance_id")) == 1
    assert not of(sent, "^SELECT incident")
    assert not of(sent, "^SELECT absence.id.*substitute_id = ")
    assert len(sent) <= MOST, "\n".join(sent)
