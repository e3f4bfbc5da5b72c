"""What deploy/install refuses before it changes anything, and the images that call it.

No image was built: there is no container engine.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import click
import pytest
import yaml
from sqlalchemy.engine import make_url

from app.base import db
from app.base.db import protection
from app.ops.cli import commands
from tests.app.ops.test_after_restore import PROGRAMS
from tests.databases import PostgreSQL, fast_folder
from tests.tree import ROOT

DEPLOY = ROOT / "deploy"
INSTALL = (DEPLOY / "install").read_text("utf-8")
#: Lines of Python that say that they run, and wait.
WAIT = 'print("waiting", flush=True); import time; time.sleep(60)'


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Return a wheel with nothing but its metadata."""
    file = tmp_path / "zaguan_rvl-9.9.9-py3-none-any.whl"
    metadata = "Metadata-Version: 2.4\nName: zaguan-rvl\nVersion: 9.9.9\nRequires-Python: >=3.11\n"
    with ZipFile(file, "w") as archive:
        archive.writestr("zaguan_rvl-9.9.9.dist-info/METADATA", metadata)
    return file


@pytest.fixture
def old_python(tmp_path: Path) -> Path:
    """Return an interpreter that says that it is Python 3.10."""
    file = tmp_path / "python3.10"
    pretend = "import sys; sys.version_info = (3, 10, 1); exec(sys.argv.pop(1))"
    file.write_text(
        "#!/bin/sh\n"
        'case $1 in\n  -V) echo "Python 3.10.1" ;;\n'
        f'  -c) shift; exec {sys.executable} -c "{pretend}" "$@" ;;\n'
        f'  *) exec {sys.executable} "$@" ;;\nesac\n',
        "utf-8",
    )
    file.chmod(0o755)
    return file


def refused(*words: str | Path, python: Path | str = sys.executable) -> str:
    """Return what deploy/install says when it refuses."""
    environment = {**os.environ, "PYTHON": str(python)}
    command = [str(DEPLOY / "install"), *map(str, words)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def test_a_python_that_is_too_old_is_refused(wheel: Path, old_python: Path):
    said = refused(wheel, python=old_python)
    assert "Zaguán 9.9.9 needs Python 3.11 or newer" in said
    assert "is Python 3.10.1. PYTHON= names another." in said


def test_an_interpreter_that_is_absent_is_refused(wheel: Path):
    assert refused(wheel, python="/nowhere/python3") == "There is no /nowhere/python3.\n"


def test_what_is_no_wheel_of_ours_is_refused(tmp_path: Path):
    assert refused().startswith("Which wheel?")
    assert refused("a.whl", "b.whl").startswith("Which wheel?")
    assert refused(tmp_path / "nothing.whl").startswith("There is no ")
    other = tmp_path / "other.whl"
    other.write_text("no archive", "utf-8")
    assert refused(other) == f"{other} is not a wheel.\n"
    with ZipFile(other, "w") as archive:
        archive.writestr("other-1.dist-info/METADATA", "Name: other\n")
    assert refused(other) == f"{other} is not a wheel of Zaguán.\n"


@pytest.mark.nightly("servers")
def test_a_release_is_removed_only_when_nothing_runs_from_it(tmp_path: Path):
    releases = tmp_path / "releases"
    for name in ("running", "running-2", "mapped", "before", "new"):
        (releases / name / "bin").mkdir(parents=True)
    (releases / "running" / "bin" / "python").symlink_to(sys.executable)
    (releases / "mapped" / "code").write_text("code", "utf-8")
    # The second one has code in memory alone, as a process that gives itself another name.
    map_it = "import mmap; f = open(input()); m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ); "
    commands = (
        [f"{releases}/running/bin/python", "-c", WAIT],
        [sys.executable, "-c", map_it + WAIT],
    )
    functions = re.findall(r"^(?:in_use|remove_others)\(\) \{\n.*?^\}$", INSTALL, re.M | re.S)
    script = "\n".join(["set -euo pipefail", *functions, 'remove_others "$1" new before'])
    assert 'remove_others "$home/releases" "$name" "${before##*/}"' in INSTALL

    def left() -> set[str]:
        subprocess.run(["bash", "-c", script, "install", releases], check=True)
        return {one.name for one in releases.iterdir()}

    begun = [
        subprocess.Popen(one, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for one in commands
    ]
    try:
        for one in begun:
            assert one.stdin is not None
            assert one.stdout is not None
            one.stdin.write(f"{releases}/mapped/code\n")
            one.stdin.flush()
            assert one.stdout.readline() == "waiting\n"
        assert left() == {"running", "mapped", "before", "new"}
    finally:
        for one in begun:
            one.kill()
            one.communicate()
    assert left() == {"before", "new"}


def test_each_installation_renews_the_pages_of_errors():
    once = re.search(r'^if ! \[ -e "\$release/complete" \]; then\n.*?^fi$', INSTALL, re.M | re.S)
    assert once is not None
    assert INSTALL.count('error-pages "$release/pages"') == 1
    assert INSTALL.index('error-pages "$release/pages"') > once.end()
    assert INSTALL.index('error-pages "$release/pages"') < INSTALL.index("before=$(readlink")


def test_the_images_call_the_same_program_and_bake_in_no_secret():
    lines = (DEPLOY / "Containerfile").read_text("utf-8")
    assert "RUN /tmp/deploy/install --only-code /tmp/zaguan_rvl-*.whl" in lines
    assert "ZAGUAN_SECRET_KEY" not in lines
    for source in re.findall(r"^COPY (?!--)(\S+) ", lines, re.M):
        assert source == "dist/*.whl" or (ROOT / source).is_file(), "a folder may hold settings"


def test_only_the_setup_has_the_address_of_the_owner():
    """Neither web processes nor workers, as services and as units."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    given = {
        name: one.get("env_file")
        for name, one in services.items()
        if one.get("image") == "zaguan" and "command" in one
    }
    assert given.pop("setup") == ["compose.env", "owner.env"]
    assert given == dict.fromkeys(("web-1", "web-2", "worker"), "compose.env")
    for unit in (DEPLOY / "systemd").iterdir():
        assert "owner" not in unit.read_text("utf-8").lower()
    assert "install -m 0600 /dev/null /etc/zaguan/owner.env" in INSTALL
    assert "ZAGUAN_DATABASE_OWNER_URL=" not in (DEPLOY / "zaguan.env").read_text("utf-8")


@pytest.mark.nightly("servers")
def test_the_service_of_the_database_makes_the_two_roles():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    service = services["database"]
    assert "./roles.sh:/docker-entrypoint-initdb.d/roles.sh:ro" in service["volumes"]
    with fast_folder() as folder:
        server = PostgreSQL(folder)
        try:
            server.admin.execute("drop role zaguan")
            server.admin.execute("create database zaguan")
            application = server.address("zaguan")
            owner = make_url(application).set(username="zaguan_owner")
            environment = {
                "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
                "PGHOST": str(make_url(application).query["host"]),
                "OWNER_PASSWORD": "it's one",
                "APPLICATION_PASSWORD": "another",
                **service["environment"],
            }
            subprocess.run(["sh", DEPLOY / "roles.sh"], env=environment, check=True)
            db.migrate(owner.render_as_string(hide_password=False), application)
            engine = db.connect(application)
            with engine.connect() as connection:
                found = protection.standing(connection)
            engine.dispose()
        finally:
            server.close()
    assert (found.faults, found.warnings) == ([], ())


def test_the_services_run_commands_that_exist_at_the_ports_of_nginx():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    run = {name: shlex.split(one["command"]) for name, one in services.items() if "command" in one}
    assert run.keys() == {"setup", "web-1", "web-2", "worker"}
    for program, name, *options in run.values():
        assert program == "zaguan"
        command = commands.get_command(click.Context(commands), name)
        assert command
        known = {opt for one in command.params for opt in one.opts + one.secondary_opts}
        assert {word for word in options if word.startswith("--")} <= known
    ports = re.findall(r"server 127\.0\.0\.1:(\d+)", (DEPLOY / "nginx.conf").read_text("utf-8"))
    assert [run[name][run[name].index("--port") + 1] for name in ("web-1", "web-2")] == ports
    assert {one.get("build", {}).get("dockerfile") for one in services.values()} == {
        None, "deploy/Containerfile",
    }  # fmt: skip
