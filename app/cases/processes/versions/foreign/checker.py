"""The process that checks foreign diagrams and tables: texts come in, faults and remarks go out.

`app.cases.processes.versions.archives` starts it by its file name (`forms.fields.isolated.answer`),
with its bounds as JSON in the argument, and texts and contract as JSON on its input. It limits
itself before it reads a byte. It imports `workflows` alone, and no part of the application.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[5]
if str(ROOT) not in sys.path:  # isolated: the path has no folder of the caller
    sys.path.append(str(ROOT))

from workflows.contract import Contract, Fault, Named  # noqa: E402
from workflows.definition import findings_of  # noqa: E402

#: The exit code for what exceeds the limits, as that of the other readers of foreign files.
TOO_LARGE = 4
#: Faults, and remarks, that are written at most.
MOST = 500


def main() -> int:
    """Check the texts on the input, and return the exit code."""
    _limit(json.loads(sys.argv[1])["bounds"])
    try:
        given = json.load(sys.stdin.buffer)
        found = findings_of(given["texts"], _contract(given["contract"]))
    except (MemoryError, RecursionError):
        return TOO_LARGE
    json.dump({"faults": _plain(found.faults), "remarks": _plain(found.remarks)}, sys.stdout)
    return 0


def _limit(bounds: Mapping[str, int]) -> None:
    """Limit this process for good: memory and output in bytes, processor time in seconds."""
    for kind, most in (
        (resource.RLIMIT_AS, bounds["memory"]),
        (resource.RLIMIT_FSIZE, bounds["output"]),
        (resource.RLIMIT_CPU, bounds["seconds"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _contract(plain: Mapping[str, Any]) -> Contract:
    """Return the contract from JSON, in which sets are lists."""
    return Contract(
        steps={key: frozenset(words) for key, words in plain["steps"].items()},
        service_tasks={key: frozenset(words) for key, words in plain["service_tasks"].items()},
        lanes=frozenset(plain["lanes"]),
        days=frozenset(plain["days"]),
        purposes=frozenset(plain["purposes"]),
        holders=frozenset(plain["holders"]),
        terms=frozenset(plain["terms"]),
        elements={key: Named(**one) for key, one in plain["elements"].items()},
        needs={key: frozenset(names) for key, names in plain["needs"].items()},
        gives={key: frozenset(names) for key, names in plain["gives"].items()},
    )


def _plain(faults: Sequence[Fault]) -> list[tuple[str, str, str]]:
    return [(one.file, one.element, one.sentence) for one in faults[:MOST]]


if __name__ == "__main__":
    sys.exit(main())
