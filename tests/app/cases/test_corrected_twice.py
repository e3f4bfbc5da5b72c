"""A second correction requires again the signed papers that it changes."""

from __future__ import annotations

import pytest

from tests.app.walk import Walk


@pytest.mark.nightly
def test_a_signed_file_of_an_earlier_correction_does_not_serve_again(filed: Walk) -> None:
    for step in ("record_reception", "review_designation"):
        filed.answer(step, "observed")
        client = filed.browser("preparer")
        task = filed.task("correct_designation").id
        page = client.get(f"/tareas/{task}/presentar").text
        assert 'value="drop:signed_' not in page
        assert 'name="signed_sip_rvl_001"' in page
        filed.answer("correct_designation")
        if step == "record_reception":
            filed.answer(step, "received")
