"""Words in the decision tables that the application would not understand."""

from __future__ import annotations

import pytest

from tests.workflows import real
from workflows.definition import findings_of


@pytest.mark.parametrize(
    ("file", "good", "bad", "said"),
    [
        ("deadlines.dmn", '"legal"', '"Legal"', "“Legal” is no kind"),
        ("deadlines.dmn", '"reception"', '"recepcion"', "“recepcion” is no counted_from"),
        ("reminders.dmn", '"task_late"', '"zz"', "“zz” is no mail"),
        ("reminders.dmn", '"lane', '"everybody', "“everybody” is no recipients"),
    ],
)
def test_an_unknown_word_is_refused(file: str, good: str, bad: str, said: str) -> None:
    texts = dict(real.definition().texts)
    assert good in texts[file]
    texts[file] = texts[file].replace(good, bad)
    found = [str(fault) for fault in findings_of(texts, real.CONTRACT).all]
    assert any(fault.startswith(file) and said in fault for fault in found), found
