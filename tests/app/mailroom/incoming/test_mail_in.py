"""Odd messages, and the command by which an MTA hands them over."""

from __future__ import annotations

import hashlib
import io
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import db
from app.base.models import Incoming
from app.mailroom import spool
from app.mailroom.incoming import kinds, pipe, reading, receiving
from app.mailroom.incoming.kinds import KINDS
from app.mailroom.incoming.reading import NotAMessage
from app.mailroom.sending import return_path
from app.ops import cli, worker
from tests.app.mailroom.postbag import MESSAGES, STRANGER, now, sample, sent, take, written
from tests.app.walk import Walk
from tests.conftest import Clock

# Bad input ------------------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    """Return a text inside a number of nested multiparts."""
    opens = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(depth)
    )
    return b"From: quien@example.org\n" + opens + b"Content-Type: text/plain\n\nAl fondo\n"


BAD = {
    "no body": (b"From: quien@example.org\nSubject: Solo esto\n", "Solo esto", ""),
    "no From": (b"Subject: De nadie\nTo: zaguan@example.pe\n\nHola\n", "De nadie", "Hola"),
    "a charset that does not exist": (
        b"From: quien@example.org\nSubject: =?x-klingon?q?Hola?=\n"
        b"Content-Type: text/plain; charset=x-klingon\n\nAdi\xf3s\n",
        "Hola",
        "Adiós",
    ),
    "another charset than it says": (
        b"From: quien@example.org\nSubject: a\xc3\xb1o\n"
        b"Content-Type: text/plain; charset=us-ascii\n\na\xc3\xb1o\n",
        "año",
        "año",
    ),
    "base64 that is none": (
        b"From: quien@example.org\nSubject: =?utf-8?b?%%%?=\nContent-Transfer-Encoding: base64\n"
        b"\n*** no es base64 ***\n",
        "",
        None,
    ),
    "null bytes and control signs": (
        b"From: quien@example.org\nSubject: a\x00b\x07c\x1b[31m\n\nu\x00no\x08\x0bdos\n",
        "abc[31m",
        "unodos",
    ),
    "signs that turn the rest around": (
        "From: quien@example.org\nSubject: factura\u202efdp.exe\u2066\n\n\u202eabc\n".encode(),
        "facturafdp.exe",
        "abc",
    ),
    "lines in coded words": (
        b"From: =?utf-8?q?Ana=0D=0ABcc=3A_x=40example=2Eorg?= <quien@example.org>\n"
        b"Subject: =?utf-8?q?Hola=0D=0ATo=3A_otro=40example=2Eorg?=\n\nx\n",
        "Hola To: otro@example.org",
        "x",
    ),
    "null bytes in an address": (
        b"From: per\x00sona.011@example.org\nIn-Reply-To: <a\x00b@example.pe>\n\nHola\n",
        "",
        "Hola",
    ),
    "a charset that is coded wrongly": (
        b"From: quien@example.org\n"
        b"Content-Type: text/plain; charset*=\x00utf''a%00%E9\n\nAdi\xf3s\n",
        "",
        "Adiós",
    ),
    "200 multiparts deep": (nested(200), "", None),
    "20000 multiparts deep": (nested(20_000), "", None),
    "a message in a message, 3000 times": (
        b"From: quien@example.org\n" + b"Content-Type: message/rfc822\n\n" * 3000 + b"x", "", None,
    ),
    "200000 headers": (
        b"From: quien@example.org\n" + b"X-%d: y\n" * 1 % 1 + b"X: y\n" * 200_000 + b"\nHola\n",
        "",
        "Hola",
    ),
    "a subject of a megabyte": (
        b"From: quien@example.org\nSubject: " + b"=?utf-8?q?=C3=B1?= " * 50_000 + b"\n\nHola\n",
        None,
        "Hola",
    ),
    "a text of three megabytes": (
        b"From: quien@example.org\n\n" + b"palabra " * 400_000,
        "",
        None,
    ),
    "HTML of nothing": (b"From: quien@example.org\nContent-Type: text/html\n\n<!-- -->\n", "", ""),
    "HTML 20000 deep": (
        b"From: quien@example.org\nContent-Type: text/html\n\n" + b"<div>" * 20_000 + b"Hola",
        "",
        None,
    ),
}  # fmt: skip


@pytest.mark.nightly
@pytest.mark.parametrize("what", BAD)
def test_a_message_as_odd_as_this_is_stored_and_shown(walk: Walk, what: str):
    raw, subject, text = BAD[what]
    row = take(walk, raw)
    assert row is not None
    assert row.kind == "unknown"
    if subject is not None:
        assert row.subject == subject
    if text is not None:
        assert row.body == text
    assert len(row.body) <= reading.LONGEST_TEXT + 200
    assert len(row.subject) <= reading.LONGEST_LINE
    assert "\n" not in row.subject + row.sender
    client = walk.browser("sip")
    assert client.get(f"/correos/recibidos/{row.id}").status_code == 200
    assert client.get("/correos/recibidos").status_code == 200


#: Bytes that break messages, inserted at any place.
SPOILERS = (
    b"\x00", b"\xff\xfe", b"\r", b"\n\n", b";", b'"', b"<", b"=?utf-8?b?", b"*0*=x''%E9", b"--",
    b"Content-Type: message/rfc822\n\n", b"Content-Type: message/delivery-status\n\n",
    b"\nFeedback-Type: \xe9\n", b"charset=utf-16", b"Content-Transfer-Encoding: x-uuencode\n",
)  # fmt: skip


@pytest.mark.nightly
@pytest.mark.parametrize("name", sorted(file.stem for file in MESSAGES.glob("*.eml")))
def test_wherever_a_message_is_broken_it_is_read_as_text(name: str):
    random = Random(name)
    whole = written(name, STRANGER, "<nobody@example.org>")
    for _ in range(150):
        raw = bytearray(whole)
        for _ in range(random.randint(1, 10)):
            at = random.randrange(len(raw))
            raw[at : at + random.choice((0, 0, 1, 40))] = random.choice(SPOILERS)
        try:
            read = reading.read(bytes(raw))
        except NotAMessage:
            continue
        verdict = kinds.classify(read)
        assert verdict.kind in KINDS
        found_text = [read.sender, read.address, read.subject, read.text, verdict.said]
        found_text += kinds.quoted_message_ids(read) + kinds.return_paths_in(read)
        assert "\0" not in "".join(found_text).encode().decode()


def test_what_is_no_message_is_said_to_be_none(walk: Walk):
    for raw in [b"", b"\n\n", b"Hola, no soy un correo", b"\x00\xff" * 500, b"x: y\n\nz"]:
        with pytest.raises(NotAMessage):
            take(walk, raw)
    assert walk.row_counts()["incoming"] == 0


def test_a_name_is_never_taken_for_an_address(walk: Walk):
    raw = b"From: =?utf-8?q?persona=2E011=40example=2Epe=3E=2C?= <malo@example.org>\n\nHola\n"
    row = take(walk, raw)
    assert (row.kind, row.user_id) == ("unknown", None)
    assert "malo@example.org" in row.sender


# The command ----------------------------------------------------------------------------------


class Endless(io.BytesIO):
    """A stream with more bytes than can be stored."""

    def __init__(self, beginning: bytes, size: int) -> None:
        super().__init__()
        self.beginning = beginning
        self.left = size

    def read(self, count: int | None = -1) -> bytes:
        """Return the next bytes."""
        count = self.left if count is None else count
        chunk = (self.beginning or b"y" * count)[: min(count, self.left)]
        self.beginning = b""
        self.left -= len(chunk)
        return chunk


def test_a_message_that_is_too_large_is_read_at_its_beginning_and_to_its_end(deliver: Deliver):
    start = b"From: quien@example.org\nSubject: Grande\n\nHola\n"
    stream = Endless(start, 21 * 1024 * 1024)
    code, said = spool.store(stream, "")
    assert stream.left == 0
    assert code == 0
    assert "only its beginning" in said
    assert pipe.run(deliver.walk.app, db.never) == {"read": 1}
    (row,) = deliver.walk.all(select(Incoming))
    assert row.subject == "Grande"
    assert row.body.startswith("Hola")
    assert "solo se leyó el comienzo" in row.body
    whole = hashlib.sha256(start + b"y" * (21 * 1024 * 1024 - len(start)))
    assert row.digest == whole.hexdigest()


@pytest.mark.nightly
def test_a_message_of_twenty_megabytes_keeps_the_names_of_its_attachments(walk: Walk):
    raw = (
        b"From: quien@example.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nVa adjunto\n"
        b"--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=uno.pdf\n"
        b"Content-Transfer-Encoding: base64\n\n" + (b"QUJD" * 19 + b"\n") * 250_000 +
        b"--b\nContent-Disposition: attachment; filename=dos.pdf\n\nx\n--b--\n"
    )  # fmt: skip
    row = take(walk, raw)
    assert row.body == "Va adjunto\n\n[Adjuntos que no se guardan: uno.pdf, dos.pdf]"


class Deliver:
    """`zaguan mail-in < message`, for the database of a walk."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    def __call__(self, raw: bytes, *options: str) -> tuple[int, str]:
        answer = CliRunner().invoke(cli.commands, ["mail-in", *options], input=raw)
        return answer.exit_code, answer.output

    def spooled(self) -> int:
        return self.walk.row_counts()["spooled_message"]


@pytest.fixture
def deliver(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Deliver:
    """Return the command, with the settings of the walk's database."""
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", walk.app.config["DATABASE_URL"])
    return Deliver(walk)


@pytest.mark.postgresql
def test_the_command_stores_a_message_which_the_worker_reads_once(deliver: Deliver):
    walk = deliver.walk
    ours = sent(walk)
    raw = sample(walk, "postfix_no_such_user", ours, to="zaguan@example.pe")
    with walk.app.app_context():
        path = return_path.make(ours.id)
    assert deliver(raw, "--recipient", path) == (0, "taken\n")
    assert deliver(raw, "--recipient", path) == (0, "it was taken before\n")
    assert (deliver.spooled(), now(walk, ours).state) == (1, "sent")
    assert pipe.run(walk.app, db.never) == {"read": 1}
    assert (deliver.spooled(), now(walk, ours).state) == (0, "bounced")
    assert deliver(raw, "--recipient", path)[0] == 0
    assert pipe.run(walk.app, db.never) == {"read": 1}
    assert (deliver.spooled(), walk.row_counts()["incoming"]) == (0, 1)


def test_the_command_gives_back_what_is_no_message(deliver: Deliver):
    code, said = deliver(b"no")
    assert (code, "no e-mail message" in said) == (65, True)
    assert deliver.spooled() == 0


def test_while_the_database_is_away_the_mta_keeps_the_message(
    deliver: Deliver, monkeypatch: pytest.MonkeyPatch
):
    raw = sample(deliver.walk, "answer_thunderbird", sent(deliver.walk))
    for url in ("postgresql+psycopg://nobody@127.0.0.1:1/nothing", "sqlite:////nowhere/x.db", "x"):
        monkeypatch.setenv("ZAGUAN_DATABASE_URL", url)
        code, said = deliver(raw)
        assert (code, "not taken" in said) == (75, True)


def test_a_message_that_cannot_be_read_rests_and_keeps_no_other(
    deliver: Deliver, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    walk = deliver.walk
    for name in ("Uno", "Dos"):
        assert deliver(f"From: a@example.org\nSubject: {name}\n\nHola".encode())[0] == 0
    whole = receiving.receive

    def fails(session: Session, raw: bytes, *given: Any, **more: Any) -> Incoming | None:
        row = whole(session, raw, *given, **more)
        assert b"Uno" not in raw
        return row

    with monkeypatch.context() as patch:
        patch.setattr(receiving, "receive", fails)
        assert pipe.run(walk.app, db.never) == {"not_read": 1, "read": 1}
    assert walk.all(select(Incoming.subject)) == ["Dos"], "what it began is rolled back"
    clock.forward(minutes=2)
    assert pipe.run(walk.app, db.never) == {}
    with walk.app.app_context(), walk.reading() as session:
        stuck = {one.kind: one.count for one in worker.read(session).stuck}
    assert stuck["messages_unread"] == 1
    clock.forward(minutes=15)
    assert pipe.run(walk.app, db.never) == {"read": 1}
    assert deliver.spooled() == 0
