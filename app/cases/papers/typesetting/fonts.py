"""Inter for papers: Typst reads static TrueType files, unlike the web fonts of the pages."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.base import assets
from app.base.config import shipped

TARGET = assets.BUILD / "papers"

#: The weights that the templates use, by their folder names in the npm package.
WEIGHTS = ("400Regular", "500Medium", "600SemiBold", "700Bold")


def build(packages: Path = shipped.NPM_PACKAGES, target: Path = TARGET) -> None:
    """Copy the weights that papers use, with their licence. Raise assets.CannotBuild."""
    package = packages / "@expo-google-fonts" / "inter"
    target.mkdir(parents=True, exist_ok=True)
    try:
        for weight in WEIGHTS:
            shutil.copyfile(
                package / weight / f"Inter_{weight}.ttf", target / f"Inter-{weight}.ttf"
            )
        shutil.copyfile(package / "LICENSE_FONT", target / "inter-LICENSE.txt")
    except FileNotFoundError as absent:
        raise assets.CannotBuild(f"{absent.filename} is absent: run `npm ci`") from absent


def folder() -> Path:
    """Return the folder of the built fonts. Raise assets.NotBuilt."""
    if not all((TARGET / f"Inter-{weight}.ttf").is_file() for weight in WEIGHTS):
        raise assets.NotBuilt(f"{TARGET} has no fonts for papers: run `make assets`")
    return TARGET
