"""A ZIP of documents is unpacked in a process with limits, whatever is in it."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

import pytest

from forms.fields import isolated
from forms.fields.foreign.bounds import MEGABYTE, BundleLimits, Damaged, TooLarge
from forms.fields.isolated import Member

MOST = BundleLimits(files=5, unpacked=3 * MEGABYTE, file=MEGABYTE)
BOUNDS = isolated.Bounds(output=4 * MEGABYTE, seconds=5)


def zipped(files: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", packing) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def opened(content: bytes) -> list[Member]:
    return list(isolated.bundle(io.BytesIO(content), MOST, BOUNDS))


def test_the_files_come_in_their_order_without_folders():
    content = zipped({"folder/": b"", "folder/b.pdf": b"two\nlines", "a.pdf": b""})
    assert opened(content) == [
        Member("folder/b.pdf", b"two\nlines", ""),
        Member("a.pdf", b"", ""),
    ]


@pytest.mark.parametrize("name", ["../a.pdf", "x/../../a.pdf", "/a.pdf", "..\\a.pdf", "C:\\a.pdf"])
def test_a_name_outside_of_the_archive_is_not_unpacked(name: str):
    (member,) = opened(zipped({name: b"content"}))
    assert (member.content, member.fault) == (b"", "outside")


@pytest.mark.nightly
def test_a_bomb_ends_where_its_limit_is_whatever_it_declares():
    content = bytearray(zipped({"a.pdf": bytes(20 * MEGABYTE), "b.pdf": b"good"}))
    assert [(one.content, one.fault) for one in opened(bytes(content))] == [
        (b"", "too_large"),
        (b"good", ""),
    ]
    place = content.find(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<L", 10)
    assert opened(bytes(content))[0].fault in ("too_large", "damaged")


def test_all_files_together_have_a_limit():
    with pytest.raises(TooLarge):
        opened(zipped({f"{n}.pdf": bytes(MEGABYTE) for n in range(4)}))
    with pytest.raises(TooLarge):
        opened(zipped({f"{n}.pdf": b"" for n in range(6)}))


def test_a_broken_or_encrypted_file_does_not_stop_the_others():
    content = bytearray(zipped({"a.pdf": b"x" * 100, "b.pdf": b"good"}, zipfile.ZIP_STORED))
    content[content.find(b"xxx") + 5] = 0
    assert [one.fault for one in opened(bytes(content))] == ["damaged", ""]
    content = bytearray(zipped({"a.pdf": b"x" * 100, "b.pdf": b"good"}))
    content[content.find(b"PK\x01\x02") + 8] |= 1
    assert [one.fault for one in opened(bytes(content))] == ["encrypted", ""]


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", zipped({"a": b"x" * 9})[:-30]], ids=["empty", "a PDF", "cut off"]
)
def test_what_is_no_zip_is_damaged(content: bytes):
    with pytest.raises(Damaged):
        opened(content)


def test_what_a_system_adds_does_not_count_and_does_not_come():
    added = ("__MACOSX/._a.pdf", "x/.DS_Store", "x\\Thumbs.db", "desktop.ini", "._b.pdf", "x/._c")
    content = zipped({"x/.a.pdf": b"one", **dict.fromkeys(added, b"x")})
    assert opened(content) == [Member("x/.a.pdf", b"one", "")]
