"""Bounces of each class, invented, judged by another reader of bounces (Debian's libsisimai-perl).

The judge knows the words of hundreds of servers. Where it finds a full mailbox or a rule, we never
find an address that does not exist.
"""

from __future__ import annotations

import json
import subprocess

import pytest

from app.mailroom.incoming import kinds, reading
from tests.app.mailroom.postbag import MESSAGES

#: The judge's words for an address that takes no mail.
GONE = {"userunknown", "hostunknown", "hasmoved"}
#: Class → the status of the report, and what the server said.
CLASSES = {
    "user unknown": ("5.1.1", "550 5.1.1 <x@example.pe>: User unknown"),
    "no such user": ("5.0.0", "550 No such user here"),
    "unknown to Exchange": (
        "5.1.10",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found",
    ),
    "no such domain": ("5.4.4", "550 Host unknown"),
    "bad system": ("5.1.2", "550 5.1.2 bad destination system"),
    "unavailable": ("5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable"),
    "blacklisted": ("5.1.1", "550 5.7.1 IP address blacklisted by recipient"),
    "blocked host": ("5.1.1", "554 5.7.1 Client host [192.0.2.4] blocked using list.example.org"),
    "over quota": ("5.1.1", "552 5.2.2 Over quota"),
    "full": ("5.1.1", "550 5.1.1 Mailbox full"),
    "spam": ("5.7.1", "550 5.7.1 Message rejected as spam"),
    "SPF": ("5.7.23", "550 5.7.23 SPF validation failed"),
    "rate": ("4.7.0", "421 4.7.0 Too many messages, rate limited"),
    "too large": ("5.3.4", "552 5.3.4 Message size exceeds fixed limit"),
    "bare": ("5.0.0", "550 Rejected"),
    "expired": ("4.4.1", "connect to mail.example.pe[192.0.2.25]:25: timed out"),
}
TO = "in reply to RCPT TO command)"
JUDGE = "use Sisimai; print Sisimai->dump($ARGV[0], delivered => 1)"


def report(status: str, said: str) -> bytes:
    """Return a report as Postfix writes it."""
    text = (MESSAGES / "postfix_no_such_user.eml").read_text("utf-8")
    head, _, rest = text.partition("<persona.011@example.pe>: host")
    _, _, rest = rest.partition(TO)
    text = f"{head}<persona.011@example.pe>: host mail.example.pe said: {said} ({TO}{rest}"
    head, _, rest = text.partition("Diagnostic-Code:")
    rest = rest[rest.index("\n\n") :]
    text = f"{head}Diagnostic-Code: smtp; {said}{rest}".replace(
        "Status: 5.1.1", f"Status: {status}"
    )
    return text.replace("%RETURN_PATH%", "zaguan+1@example.org").encode()


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return class → the judge's reason, of all classes in one run."""
    folder = tmp_path_factory.mktemp("bounces")
    for number, (status, said) in enumerate(CLASSES.values()):
        (folder / f"{number:02}.eml").write_bytes(report(status, said))
    reasons = {}
    for number, name in enumerate(CLASSES):
        file = folder / f"{number:02}.eml"
        run = subprocess.run(["perl", "-e", JUDGE, file], capture_output=True, check=True)
        (found,) = json.loads(run.stdout)
        reasons[name] = found["reason"]
    return reasons


@pytest.mark.starts("perl")
@pytest.mark.nightly
def test_only_what_the_judge_calls_gone_is_hard(judged: dict[str, str]):
    for name, said in CLASSES.items():
        verdict = kinds.classify(reading.read(report(*said)))
        assert (verdict.kind == "hard") == (judged[name] in GONE), judged[name]
    assert len(set(judged.values())) > 6, judged
