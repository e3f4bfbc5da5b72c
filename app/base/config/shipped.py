"""Folders of files that the code reads: next to its packages, in a checkout as in a wheel.

A wheel has no `node_modules`: its assets were built before it.
"""

from __future__ import annotations

from pathlib import Path

_TOP = Path(__file__).parents[3]
DIAGRAMS = _TOP / "bpmn"
MANUAL = _TOP / "docs" / "manual"
NPM_PACKAGES = _TOP / "node_modules"
