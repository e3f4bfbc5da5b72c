"""A wheel of this checkout, built and installed outside it without the network."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from tests.tree import ROOT

#: The packages that run, without this checkout: its own path is in a .pth file, which is read only
#: in the site folder of the interpreter.
PACKAGES = sysconfig.get_path("purelib")
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def build(folder: Path) -> Path:
    """Return the wheel of this checkout, built in the folder."""
    environment = {**os.environ, "PYTHON": sys.executable}
    subprocess.run([ROOT / "deploy" / "wheel", folder], env=environment, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Path:
    """Install the wheel in a new virtual environment. Return the folder of its packages."""
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "packages_of_the_tests.pth").write_text(PACKAGES, "utf-8")
    command = [*PIP, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(command, check=True)
    return site
