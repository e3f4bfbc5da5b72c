"""The command line: errors are a message and an exit code, never a traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app import create_app
from app.base import calendar
from app.base.models import Base, Mail, User
from app.ops import cli
from app.ops.cli import group
from app.ops.setup import upgrade
from app.ops.worker import JOBS
from app.ops.worker.turns import turn
from tests.app.ops.test_backup_without_space import largest_file
from tests.app.walk import BPMN
from tests.databases import PostgreSQL
from tests.tree import ROOT

Run = Callable[..., tuple[int, str, str]]
SUPERUSER = {
    "document": "40000091",
    "given-names": "Persona",
    "surnames": "Ejemplo",
    "email": "persona@example.pe",
}
WORDS_OF_SUPERUSER = [word for k, v in SUPERUSER.items() for word in (f"--{k}", v)]


def test_help_names_every_command_which_explains_itself(run: Run):
    code, out, _ = run("--help")
    assert code == 0
    for name in group.PLACES:
        assert name in out
        code, explained, _ = run(name, "-h")
        assert code == 0
        assert len(explained.splitlines()) > 3
    assert cli.commands.commands.keys() == group.PLACES.keys()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert run("--version") == (0, f"Zaguán {project['version']}\n", "")


def test_an_invalid_command_shows_its_usage(run: Run):
    for words in [
        ("nothing",),
        ("check",),
        ("check", "/nowhere"),
        ("serve", "--port", "x"),
        ("-x",),
    ]:
        code, _, err = run(*words)
        assert code == 2
        assert "Usage" in err


@pytest.mark.nightly("servers")
def test_a_command_closes_its_database(run: Run, monkeypatch: pytest.MonkeyPatch):
    run("migrate")
    made: list[Flask] = []
    monkeypatch.setattr(
        group, "create_app", lambda given: made.append(create_app(given)) or made[-1]
    )
    run("status")
    assert [app.extensions["engine"].pool.checkedin() for app in made] == [0]


# The disk -------------------------------------------------------------------------------------

WRITING = [
    ("migrate",),
    ("setup", "--no-demo"),
    ("deploy",),
    ("offer", str(BPMN)),
    ("tick",),
    ("send",),
    ("rebuild",),
    ("worker",),
    ("serve", "--port", "8769"),
    ("no-suppressions",),
    ("after-restore",),
    ("migrate-cases", "in-force"),
    ("reset-factor", "--document", "40000001", "--reason", "Lost"),
    ("create-superuser", *WORDS_OF_SUPERUSER),
    ("backup", "copy"),
    ("error-pages", "pages"),
    ("mail-in",),
]


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with an empty database."""
    data = tmp_path_factory.mktemp("migrated")
    app = create_app({"DATA": data})
    upgrade(app)
    app.extensions["engine"].dispose()
    return data


@pytest.mark.parametrize("words", WRITING, ids=lambda words: words[0])
def test_a_disk_that_is_full_is_an_error_message(
    run: Run,
    tmp_path: Path,
    migrated: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
):
    shutil.copytree(migrated, tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    message = TextIOWrapper(BytesIO(b"From: persona@example.org\n\nHola"))
    monkeypatch.setattr(sys, "stdin", message)
    with largest_file(100):
        code, _, err = run(*words)
    assert code == (75 if words == ("mail-in",) else 2)
    assert "disk I/O error" in err or "File too large" in err


# The database ---------------------------------------------------------------------------------


NEEDS_DATABASE = [
    ("migrate",),
    ("deploy",),
    ("tick",),
    ("rebuild",),
    ("send",),
    ("setup", "--no-demo"),
    ("serve",),
    ("worker",),
    ("status",),
    ("backup", "never-made"),
    ("create-superuser", *WORDS_OF_SUPERUSER),
]


@pytest.mark.parametrize("words", NEEDS_DATABASE, ids=lambda words: words[0])
def test_an_absent_database_is_an_error_message(
    run: Run, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    code, _, err = run(*words)
    assert code == 2
    assert "database" in err
    assert "127.0.0.1" in err


@pytest.mark.parametrize("words", NEEDS_DATABASE, ids=lambda words: words[0])
def test_a_file_that_is_no_database_is_an_error_message(
    run: Run, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "letter.txt").write_text("Dear database, " * 500)
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", f"sqlite:///{tmp_path}/letter.txt")
    code, _, err = run(*words)
    assert code == 2
    assert "not a database" in err


@pytest.mark.parametrize(
    "words",
    [w for w in NEEDS_DATABASE if w[0] in ("deploy", "tick", "rebuild", "send", "serve")],
    ids=str,
)
def test_a_database_without_a_schema_says_what_to_run(run: Run, words: tuple[str, ...]):
    code, _, err = run(*words)
    assert code == 2
    assert "zaguan setup" in err


#: Commands that need no installation, or create one.
WITHOUT = set(
    "check describe draw assets error-pages migrate move-files setup demo restore".split()
)
ARGUMENTS = {
    "create-superuser": WORDS_OF_SUPERUSER,
    "backup": ["backup"],
    "diff": ["in-force", "1"],
    "export-version": ["in-force", "version"],
    "import-entities": [__file__],
    "mail-in": [],
    "migrate-cases": ["in-force"],
    "offer": [str(BPMN)],
    "reset-factor": ["--document", "40000001", "--reason", "Lost"],
}


@pytest.mark.parametrize("name", sorted(group.PLACES.keys() - WITHOUT))
def test_before_setup_every_command_says_so_and_makes_no_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"From: a@example.pe\n\nHola")))
    code, _, err = run(name, *ARGUMENTS.get(name, []))
    if name == "mail-in":
        assert code == 75, "the MTA keeps the message"
    else:
        assert (code, err) == (2, "Nothing is set up here yet: run `zaguan setup` first.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["status", "backup"])
def test_a_database_server_without_a_schema_is_no_installation_either(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgresql: PostgreSQL, name: str
):
    url = postgresql.create_empty()
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", url)
    code, _, err = run(name, *ARGUMENTS.get(name, []))
    postgresql.drop(url)
    assert (code, "run `zaguan setup` first" in err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_a_bad_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch):
    for name, value in [
        ("ZAGUAN_CLOCK", "tomorrow"),
        ("ZAGUAN_PUBLIC_URL", "x"),
        ("ZAGUAN_DATABASE_URL", "x"),
    ]:
        monkeypatch.setenv(name, value)
        code, _, err = run("tick")
        assert code == 2
        assert err.startswith(f"{name}: takes ")


@pytest.mark.nightly("servers")
def test_setting_up_twice_changes_nothing_the_second_time(run: Run, tmp_path: Path):
    assert run("setup", "--no-demo")[0] == 0
    first = contents(tmp_path)
    assert run("setup", "--no-demo")[0] == 0
    assert contents(tmp_path) | {"deployment": 0} == first | {"deployment": 0}
    assert run("tick")[:2] == (0, "Woken: 0\n")
    expected = "Onboardings: 0. Their clocks differed from the log in 0.\n"
    assert run("rebuild")[:2] == (0, expected)


@pytest.mark.nightly("servers")
def test_waiting_mails_are_sent_manually_and_an_absent_server_is_an_error_message(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    run("setup", "--no-demo")
    assert run("send")[:2] == (0, "Nothing.\n")
    superuser(run)
    engine = create_engine(f"sqlite:///{tmp_path}/data/zaguan.db")
    with Session(engine) as session:
        session.add(a_reset(session))
        session.commit()
    engine.dispose()
    monkeypatch.setenv("ZAGUAN_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("ZAGUAN_SMTP_PORT", "1")
    code, _, err = run("send")
    assert code == 1
    assert "127.0.0.1:1" in err
    assert "All mails wait as they were" in err


def a_reset(session: Session) -> Mail:
    user = session.scalars(select(User)).one()
    values = {"to": user.email, "subject": "Asunto", "body": "Texto.", "user_id": user.id}
    return Mail(message_id="<1@example.pe>", kind="reset", created_at=calendar.now(), **values)


def contents(folder: Path) -> dict[str, int]:
    """Return the number of rows in each table of the installation."""
    engine = create_engine(f"sqlite:///{folder}/data/zaguan.db")
    with Session(engine) as session:
        counts = {
            table.name: len(session.execute(select(table)).all())
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return counts


# status, backup, restore ------------------------------------------------------------------------


@pytest.mark.nightly("servers")
def test_the_status_of_an_installation_without_a_worker_is_a_fault(run: Run, tmp_path: Path):
    run("migrate")
    code, out, _ = run("status")
    assert code == 1
    assert "tick       never" in out
    assert "the job tick shows no life" in out
    app = create_app({"DATA": tmp_path / "data", "TESTING": True})
    for job in JOBS.values():
        turn(app, job)
    app.extensions["engine"].dispose()
    code, out, _ = run("status")
    assert (code, out.splitlines()[-2:]) == (
        0,
        ["Chain of hashes: no closing yet.", "Nothing is stuck."],
    )


@pytest.mark.nightly("servers")
def test_a_backup_is_restored_by_the_two_commands(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ZAGUAN_SECRET_KEY", "a secret that only the tests know")
    run("migrate")
    superuser(run)
    before, folder = contents(tmp_path), str(tmp_path / "backup")
    code, out, _ = run("backup", folder)
    assert code == 0
    assert out.startswith("Backed up: ")
    assert "secret key is not in it" in out
    code, _, err = run("restore", folder)
    assert (code, "not empty" in err) == (1, True)
    (tmp_path / "data").rename(tmp_path / "lost")
    (tmp_path / "data").mkdir(mode=0o755)
    code, out, _ = run("restore", folder)
    assert code == 0
    assert not (tmp_path / "data").stat().st_mode & 0o077
    assert "zaguan setup --no-demo" in out
    # And an entry about the restore.
    assert contents(tmp_path) == before | {"log": before["log"] + 1}
    assert run("setup", "--no-demo")[0] == 0


def test_a_folder_without_a_backup_is_an_error_message(run: Run, tmp_path: Path):
    code, _, err = run("restore", str(tmp_path))
    assert (code, err) == (1, "There is no whole backup in this folder.\n")


# create-superuser -----------------------------------------------------------------------------


def superuser(run: Run, **changed: str) -> tuple[int, str, str]:
    """Create a superuser by the command."""
    words = [w for k, v in (SUPERUSER | changed).items() for w in (f"--{k.replace('_', '-')}", v)]
    return run("create-superuser", *words)


def people(folder: Path) -> list[User]:
    """Return all users with an account."""
    engine = create_engine(f"sqlite:///{folder}/data/zaguan.db")
    with Session(engine) as session:
        found = list(session.scalars(select(User)))
    engine.dispose()
    return found


@pytest.mark.guard("the first person of an installation gets in")
def test_a_superuser_gets_a_link_to_choose_the_password(run: Run, tmp_path: Path):
    run("migrate")
    code, out, _ = superuser(run)
    assert code == 0
    assert "http://127.0.0.1:8000/invitacion/" in out
    (user,) = people(tmp_path)
    assert user.password_hash == ""


def test_commands_ask_in_english_and_say_which_document():
    options = [one for command in cli.commands.commands.values() for one in command.params]
    questions = {getattr(one, "prompt", None) for one in options} - {None}
    which = "Document (8 digits of a DNI; with --document-type CE, of a carné de extranjería)"
    assert questions == {which, "Given names", "Surnames", "Email", "Reason"}


@pytest.mark.nightly("servers")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("document", "123"),
        ("document", "1234567a"),
        ("document", ""),
        ("email", "nobody"),
        ("email", "a@"),
        ("email", "a@b@example.pe"),
        ("given_names", " "),
        ("surnames", ""),
        ("given_names", "x" * 500),
        ("surnames", "a\x07b"),
        ("document_type", "PASAPORTE"),
    ],
)
def test_invalid_details_create_no_superuser(run: Run, tmp_path: Path, field: str, value: str):
    run("migrate")
    code, out, err = superuser(run, **{field: value})
    assert code == 2
    assert field.replace("_", "-") in err.replace("_", "-")
    assert "invitacion" not in out
    assert people(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (("--version",), {"flask", "sqlalchemy", "lxml", "app.base.config"}),
        (("mail-in",), {"flask", "sqlalchemy.orm", "lxml", "app.base.models", "app.cases"}),
    ],
    ids=["version", "mail-in"],
)
def test_a_command_imports_only_what_it_needs(
    tmp_path: Path, words: tuple[str, ...], absent: set[str]
):
    code = (
        "import sys\nfrom app.ops import cli\n"
        "try: cli.main()\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        input="From: persona@example.org\n\nHola",
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "ZAGUAN_DATA": str(tmp_path)},
        check=False,
        timeout=60,
    )
    imported = set(done.stderr.split())
    assert "app.ops.cli.group" in imported
    assert not absent & imported


@pytest.mark.nightly("servers")
def test_the_command_runs_as_a_program():
    """Call the command as a program once, with its imports and its entry point."""
    done = subprocess.run(
        [sys.executable, "-m", "app.ops.cli", "check", str(BPMN)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
