"""Results of two more checkers of pages: the Nu Html Checker, and IBM's Equal Access engine.

The first reads the bytes that were served, the second the page in a browser.
`tests.browser.examined` has the results of axe.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

MODULES = Path(__file__).parents[2] / "node_modules"
NU = MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
ACE = MODULES / "accessibility-checker-engine" / "ace.js"

#: Rules that do not apply here, with the reason.
SKIPPED = {
    # HTML makes a landmark of a <form> only where it has a name (HTML-AAM, `form`), and naming each
    # button's form would fill the list of landmarks.
    "aria_form_label_unique": "every form is taken for a landmark",
    "aria_landmark_name_unique": "every form is taken for a landmark",
    # A frame that scrolls must be reached by keyboard (axe: scrollable-region-focusable).
    "element_tabbable_role_valid": "a region that scrolls takes no focus",
    # Labels of checkboxes in a table are for screen readers: the row says the same to other
    # readers.
    "label_content_exists": "what is visually hidden is no text",
}
#: Wide enough for every table to be shown as a table.
TABLES = {"width": 1536, "height": 900}
#: Collapsed parts are examined too.
UNFOLD = "() => document.querySelectorAll('details').forEach(one => one.open = true)"
RUN = """
skipped => new ace.Checker().check(document, ["IBM_Accessibility"]).then(report => report.results
  .filter(one => one.value[0] === "VIOLATION" && one.value[1] === "FAIL")
  .filter(one => !skipped.includes(one.ruleId))
  .map(one => `${one.ruleId}: ${one.message}\\n${one.snippet}`))
"""


def markup_faults(pages: Mapping[str, str], folder: Path) -> list[str]:
    """Return the errors and warnings of the Nu Html Checker; `pages`: name -> HTML as served.

    One run for all: it takes a second to start and some milliseconds a page. `folder` is empty.
    """
    names = dict(enumerate(pages))
    for number, name in names.items():
        (folder / f"{number}.html").write_text(pages[name], encoding="utf-8")
    command = ["java", "-jar", str(NU), "--format", "json", "--exit-zero-always", str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return [
        f"{names[int(Path(one['url']).stem)]}: {one['message']} {one.get('extract', '')}"
        for one in json.loads(run.stderr)["messages"]
        if one["type"] == "error" or one.get("subType") == "warning"
    ]


def second_look(page: Any) -> list[str]:
    """Return what the Equal Access engine finds on a page in a browser with scripts."""
    page.set_viewport_size(TABLES)
    page.evaluate(UNFOLD)
    page.evaluate(f"{_engine()}; window.ace = ace; 0")
    found: list[str] = page.evaluate(RUN, list(SKIPPED))
    return found


@cache
def _engine() -> str:
    return ACE.read_text(encoding="utf-8")
