"""Encrypted backups: every file, for the operator's keys; refused with a sentence otherwise."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyrage
import pytest

from app.ops import backup
from app.ops.backup import BadBackup, CannotBackUp, CannotRestore, encryption, manifest
from tests.app.ops.backups import change, cut, is_empty
from tests.app.ops.test_backup import NewInstallation, case, contents, folder, new_installation
from tests.app.walk import Walk

pytestmark = pytest.mark.postgresql

__all__ = ["case", "folder", "new_installation"]


@pytest.fixture
def key(tmp_path: Path) -> tuple[str, Path]:
    """Return a public key, and the file with its secret key."""
    return new_key(tmp_path / "identity.txt")


def new_key(path: Path) -> tuple[str, Path]:
    identity = pyrage.x25519.Identity.generate()
    path.write_text(f"# created: 2026-11-30\n# public key: …\n{identity}\n", encoding="utf-8")
    return str(identity.to_public()), path


@pytest.mark.nightly("servers")
def test_an_encrypted_backup_hides_everything_and_is_restored(
    case: Walk, folder: Path, new_installation: NewInstallation, key: tuple[str, Path]
):
    other = new_installation()
    report = backup.back_up(case.app, folder, [key[0]])
    assert (report.files, report.copied) == (1, 1)
    again = backup.back_up(case.app, folder, [key[0]])
    assert (again.files, again.copied) == (1, 0)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 3
    for path in files:
        content = path.read_bytes()
        encrypted = content.startswith(b"age-encryption.org/v1")
        assert encrypted != (path.name == manifest.NAME), path
        assert path.name not in "".join(stored_names(case)), "the hash of a file is not shown"
    restored = backup.restore(other, folder, key[1])
    assert restored.rows == again.rows
    assert contents(other) == contents(case.app)
    for name in stored_names(case):
        path = Path(other.config["DATA"]) / "files" / name[:2] / name
        original = case.app.config["DATA"] / "files" / name[:2] / name
        assert path.read_bytes() == original.read_bytes()
    left = [path.name for path in Path(case.app.config["DATA"]).glob("*.backup")]
    assert left == [], "the plain copy of the database is deleted"


def stored_names(case: Walk) -> list[str]:
    stored = Path(case.app.config["DATA"]) / "files"
    return [path.name for path in stored.rglob("*") if path.is_file()]


@pytest.mark.nightly("servers")
def test_a_backup_for_other_keys_replaces_one_without(
    case: Walk,
    folder: Path,
    tmp_path: Path,
    new_installation: NewInstallation,
    key: tuple[str, Path],
):
    backup.back_up(case.app, folder)
    second = new_key(tmp_path / "second.txt")
    case.app.config["BACKUP_RECIPIENTS"] = [key[0], second[0]]
    assert backup.back_up(case.app, folder).copied == 1
    assert [path.name for path in folder.glob("files*")] != ["files"]
    assert len(list(folder.glob("files*"))) == 1
    other = new_installation()
    backup.restore(other, folder, second[1])
    assert contents(other) == contents(case.app)


@pytest.mark.nightly("servers")
def test_a_wrong_or_missing_key_is_refused_before_any_change(
    case: Walk,
    folder: Path,
    tmp_path: Path,
    new_installation: NewInstallation,
    key: tuple[str, Path],
):
    other = new_installation()
    backup.back_up(case.app, folder, [key[0]])
    wrong = new_key(tmp_path / "wrong.txt")[1]
    (tmp_path / "empty.txt").write_text("# nothing\n")
    for identity, words in {
        None: "--identity",
        wrong: f"no secret key for this backup, which is for {key[0]}",
        tmp_path / "empty.txt": "has no secret key of age",
        tmp_path / "none.txt": "has no secret key of age",
    }.items():
        with pytest.raises(CannotRestore, match=words):
            backup.restore(other, folder, identity)
    assert is_empty(other)
    assert not (other.config["DATA"] / "files").exists()


@pytest.mark.nightly("servers")
def test_damaged_files_of_an_encrypted_backup_are_refused(
    case: Walk, tmp_path: Path, new_installation: NewInstallation, key: tuple[str, Path]
):
    backup.back_up(case.app, tmp_path / "backup", [key[0]])
    other = new_installation()
    spoilt = {
        "cut": (cut, "cannot be decrypted"),
        "changed": (change, "cannot be decrypted"),
        "gone": (Path.unlink, "missing"),
    }
    for name, (spoil, words) in spoilt.items():
        folder = shutil.copytree(tmp_path / "backup", tmp_path / name)
        spoil(next(path for path in folder.glob("files-*/*/*") if path.is_file()))
        with pytest.raises(BadBackup, match=words):
            backup.restore(other, folder, key[1])
        part = max(folder.glob("database-*/*.age"), key=lambda path: path.stat().st_size)
        cut(part)
        with pytest.raises(BadBackup, match="not as it was"):
            backup.restore(other, folder, key[1])
    assert is_empty(other)


def test_what_is_no_public_key_is_refused(case: Walk, folder: Path):
    with pytest.raises(CannotBackUp, match="age1nonsense is no public key"):
        backup.back_up(case.app, folder, ["age1nonsense"])
    assert not folder.exists()


def test_a_fault_of_the_disk_reaches_the_writer(key: tuple[str, Path]):
    def write() -> None:
        with encryption.Cipher([key[0]]).writing(Path("/dev/full")) as target:
            for _ in range(100):
                target.write(b"x" * 100_000)

    with pytest.raises(OSError, match="No space left"):
        write()


def test_a_fault_of_the_reader_stays_the_readers_fault(tmp_path: Path, key: tuple[str, Path]):
    path = tmp_path / "large"
    with encryption.Cipher([key[0]]).writing(path) as target:
        target.write(b"x" * 1_000_000)

    def read() -> None:
        with encryption.Cipher([key[0]], encryption.identities(key[1])).reading(path) as source:
            raise ZeroDivisionError(len(source.read(10)))

    with pytest.raises(ZeroDivisionError, match="10"):
        read()
