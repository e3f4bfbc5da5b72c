"""`python -m tests.bench.compare COMMIT NAME…`: measure an earlier commit and this code in turn.

Each fills its own databases, since their schemas may differ. They take turns, since the speed of a
machine changes within minutes. The earlier commit is measured by the present `tests/bench`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import filled
from tests.tree import ROOT

ROUNDS = 3
#: What is not of the commit: how it is measured, and the assets that npm makes.
SHARED = ("tests/bench", "tests/network.py", "tests/statements.py", "app/web/static/build")


def main(arguments: list[str]) -> int:
    """Measure some names in both. Return 2 if there are none, 1 if a run fails."""
    commit, names = "".join(arguments[:1]), arguments[1:]
    if not names:
        print("Which measures of which commit? For example HEAD~1 complete_step.")
        return 2
    with tempfile.TemporaryDirectory() as before:
        if not unpack(commit, Path(before)):
            return 1
        for _ in range(ROUNDS):
            for what, folder in (("now", ROOT), (commit, before)):
                print(f"{what}:", flush=True)
                command = [sys.executable, "-m", "tests.bench", *names]
                if subprocess.run(command, cwd=folder, check=False).returncode:
                    return 1
    return 0


def unpack(commit: str, folder: Path) -> bool:
    """Write the files of a commit or tag into an empty folder. Return False if there is none."""
    command = ["git", "archive", commit]
    packed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if packed.returncode:
        return False  # git has said why
    subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
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
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
