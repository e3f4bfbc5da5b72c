"""Prints which nightly parts of the tests a change brings forward.

`python3 -m tests.changes BASE`: BASE is the commit before the change. The parts are those of
`tests.tiers`, and `try` for `make try`. A change of a room brings its nightly tests.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable

EVERY_PART = frozenset({"servers", "crawl", "walkers", "try"})
ROOMS = "administration|cases|mailroom|onboarding|people|register"
UNKNOWN = "unknown/"
#: How a path begins, as a pattern → the parts that a change there brings; the first one counts.
RULES = (
    (r"deploy/|app/ops/|tests/(deploy|nginx|pgbouncer)", "servers try"),
    (r"requirements/|pyproject\.toml|package(-lock)?\.json|Makefile|\.ci/", "try"),
    (r"app/base/db/", "servers"),
    (r"app/web/(static|templates)/|forms/.*\.html|tests/browser/", "crawl"),
    (r"bpmn/|workflows/|tests/workflows/migration/", "walkers"),
    (rf"app/({ROOMS})/", r"\1"),
    (r"(app|forms|tests|docs|bench)/", ""),
    (r"\.github/|[^/]+$", ""),
)


def parts_of(paths: Iterable[str]) -> set[str]:
    """Return the parts that changed paths bring; all of them for a path that no rule names."""
    return {part for path in paths for part in parts_of_path(path)}


def parts_of_path(path: str) -> Iterable[str]:
    """Return the parts that a change of a path brings; all of them if no rule names it."""
    for pattern, parts in RULES:
        if found := re.match(pattern, path):
            return found.expand(parts).split()
    return EVERY_PART


def git(*arguments: str) -> str:
    """Return what git prints."""
    return subprocess.check_output(["git", *arguments], text=True).strip()


def changed(base: str) -> list[str]:
    """Return the paths that differ between a commit and the present one, deleted ones too.

    Of a commit that this clone does not have, nothing is known: then it is a path without a rule.
    """
    try:
        return git("diff", "--name-only", "--no-renames", base, "HEAD").splitlines()
    except subprocess.CalledProcessError:
        return [UNKNOWN]


if __name__ == "__main__":
    print(",".join(sorted(parts_of(changed(sys.argv[1])))))
