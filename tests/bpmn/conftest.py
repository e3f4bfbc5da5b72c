"""Fixtures of the drawing tests: another program that draws the diagrams."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bpmn.pictures import FOLDER


@pytest.fixture
def viewer(page: Any) -> Any:
    """Return a page with the viewer of bpmn.io."""
    page.set_content("<div id='canvas' style='width: 1600px; height: 900px'></div>")
    script = FOLDER.parent / "node_modules" / "bpmn-js" / "dist" / "bpmn-viewer.production.min.js"
    page.add_script_tag(path=script)
    return page
