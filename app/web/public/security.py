"""The text of `/.well-known/security.txt`, as RFC 9116 defines it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

#: RFC 9116 recommends less than a year.
VALID_FOR = timedelta(days=180)


def text(contact: str, canonical: str, now: datetime) -> str:
    """Return the file's lines. It expires at a midnight (UTC), so a day's answers are equal.

    `contact`: a URI, `mailto:` or `https:`. `canonical`: the file's own address. `now` is aware.
    """
    last = (now.astimezone(UTC) + VALID_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    fields = (
        ("Contact", contact),
        ("Expires", last.strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("Preferred-Languages", "es, en"),
        ("Canonical", canonical),
    )
    return "".join(f"{name}: {value}\n" for name, value in fields)
