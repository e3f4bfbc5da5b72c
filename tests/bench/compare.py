"""`python -m tests.bench.compare NAME…`: measure the previous release and this code in turn.

Both measure copies of the databases that this code fills: the previous release works with the
present schema (docs/adr/0067-a-migration-only-expands.md). They take turns, since the speed of a
machine changes within minutes. The previous release is measured by the present `tests/bench`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import filled, filled_visits
from tests.releases import frozen
from tests.tree import ROOT

ROUNDS = 3
#: What is not of the release: how it is measured, and the assets that npm makes.
SHARED = ("tests/bench", "tests/statements.py", "app/web/static/build")


def main(names: list[str]) -> int:
    """Measure some names in both. Return 2 if there are none, 1 if a run fails."""
    if not names:
        print("Which measures? For example complete_step.")
        return 2
    keys = {filled.KEY: filled.key(), filled_visits.KEY: filled_visits.key()}
    with tempfile.TemporaryDirectory() as before:
        unpack(Path(before))
        for _ in range(ROUNDS):
            for what, folder in (("now", ROOT), (frozen.version_of(frozen.PREVIOUS), before)):
                print(f"{what}:", flush=True)  # this code first: it fills
                environment = {**os.environ, **keys}
                command = [sys.executable, "-m", "tests.bench", *names]
                if subprocess.run(command, cwd=folder, env=environment, check=False).returncode:
                    return 1
    return 0


def unpack(folder: Path) -> None:
    """Write the previous release, at the commit that froze it, into an empty folder."""
    found = ["git", "log", "-1", "--format=%H", "--", str(frozen.PREVIOUS)]
    commit = subprocess.check_output(found, cwd=ROOT, text=True).strip()
    packed = subprocess.Popen(["git", "archive", commit], cwd=ROOT, stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", folder], stdin=packed.stdout, check=True)
    for name in SHARED:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)
    data = (ROOT / filled.DATA).absolute()
    data.mkdir(parents=True, exist_ok=True)
    (folder / filled.DATA.parent).mkdir(exist_ok=True)
    (folder / filled.DATA).symlink_to(data)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
