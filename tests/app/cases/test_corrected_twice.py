"""A second correction requires again the signed papers that it changes."""

from __future__ import annotations

from tests.app.walk import Walk


def test_a_signed_file_of_an_earlier_correction_does_not_serve_again(walk: Walk) -> None:
    walk.begin()
    walk.designate()
    for step in ("record_reception", "review_designation"):
        walk.answer(step, "observed")
        client = walk.browser("preparer")
        task = walk.task("correct_designation").id
        page = client.get(f"/tareas/{task}/presentar").text
        assert 'value="drop:signed_' not in page
        assert 'name="signed_sip_rvl_001"' in page
        walk.answer("correct_designation")
        if step == "record_reception":
            walk.answer(step, "received")
