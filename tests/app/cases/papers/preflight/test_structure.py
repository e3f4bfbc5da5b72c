"""A PDF against its first bytes: the bounds of the comparison, and what it does not count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.cases.papers.preflight.foreign import structure
from app.cases.papers.preflight.foreign.structure import Compared
from tests.app.cases.papers import added, altered
from tests.app.cases.papers.preflight.conftest import answer_here
from tests.app.cases.papers.signed import authority

Issued = Callable[..., bytes]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda content: altered.signed(content, visible=True), Compared(True)),
        (added.with_metadata, Compared(True)),
        (added.with_page, Compared(True, 1)),
        (added.overlaid, Compared(False)),
        (added.with_note, Compared(False)),
    ],
)
def test_a_file_is_compared_with_its_first_bytes(
    issued: Issued, change: Callable[[bytes], bytes], found: Compared
):
    assert structure.compare(change(issued()), len(issued())) == found


@pytest.mark.nightly
@pytest.mark.parametrize(("bound", "value"), [("MOST_OBJECTS", 10), ("SECONDS", -1.0)])
def test_what_takes_too_much_is_not_judged(
    issued: Issued,
    trust: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
    value: float,
):
    content = altered.signed(altered.signed(issued()), field="Firma2")
    file = tmp_path / "paper"
    file.write_bytes(content)
    monkeypatch.setattr(structure, bound, value)
    order = {"path": str(file), "issued": len(issued()), "addresses": [], "judges": True}
    facts = altered.without_loop(answer_here, order | {"now": authority.NOW.isoformat()} | trust)
    assert (facts["added"], facts["cut_short"]) == (False, True)
    assert [one["reasons"] for one in facts["signatures"]] == [["unread"], []]
