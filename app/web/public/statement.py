"""Facts of the accessibility statement: with what pages are tested, and when it was reviewed.

A test compares the versions with `package.json`. When a checker changes, review the whole
statement and set the new date.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

#: npm package -> the version that the statement names.
CHECKERS: Mapping[str, str] = {
    "axe-core": "4.14.1",
    "accessibility-checker-engine": "4.0.34",
    "vnu-jar": "26.9.27",
}

REVIEWED_ON = date(2026, 11, 27)
