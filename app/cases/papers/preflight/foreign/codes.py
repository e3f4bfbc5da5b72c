"""Codes of `/verificar/` on a page: in its text, and as QR in a picture of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import zxingcpp

LENGTH = 16
#: Crockford's base 32, with the letters that people and programs take for one of its digits.
CODE = r"[0-9A-TV-Z]{16}"
LOOK_ALIKES = str.maketrans("ILO", "110")
#: What separates the groups of a code, or what a program puts where it breaks a word.
BREAKS = re.compile("[\\s\u00ad\u200b-\u200d\u2010-\u2015\u2060\u2212\ufeff\ufffe\x02-]+")
#: What may not stand before an address: it would be that of another host.
PART_OF_HOST = re.compile(r"(?:[\w.@-]|[^/]/|[^:]//)$")
QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
#: Codes of one page that are returned.
MOST = 20


@dataclass(frozen=True)
class Addresses:
    """The public addresses of verification, each ending in `/verificar/`, and of the whole site."""

    verification: Sequence[str]
    site: Sequence[str]

    @classmethod
    def of(cls, verification: Sequence[str]) -> Addresses:
        """Return the addresses; the site is what stands before `verificar/`."""
        return cls(verification, [one.removesuffix("verificar/") for one in verification])


class Drawn(NamedTuple):
    """A QR of ours: the code of the paper, the number of its page (0 if it names none), and by how
    many degrees it is turned clockwise (0, 90, 180 or 270; None if that is not known)."""

    code: str
    page: int
    turned: int | None


def in_text(text: str, addresses: Addresses) -> list[str]:
    """Return the codes whose printed address is in a text.

    Spaces, hyphens and line breaks may be anywhere in the address: programs insert and lose them.
    """
    places = [place for place, one in enumerate(text) if not BREAKS.fullmatch(one)]
    plain, found = "".join(text[place] for place in places), []
    for address in addresses.verification:
        host = re.escape(BREAKS.sub("", address.partition("://")[2]))
        for match in re.finditer(f"{host}({CODE})", plain, re.IGNORECASE):
            start = places[match.start()]
            if not PART_OF_HOST.search(text[max(0, start - 3) : start]):
                found.append(match[1].upper().translate(LOOK_ALIKES))
    return list(dict.fromkeys(found))[:MOST]


def in_picture(
    picture: Any, addresses: Addresses, turned: int | None = 0
) -> tuple[list[Drawn], int]:
    """Return the codes in a picture, and the number of QR codes that lead elsewhere.

    `turned`: by how many degrees the page shows the picture turned.
    """
    found, foreign = [], 0
    for text, own_turn in _read(picture):
        code = _own(text, addresses)
        if code:
            found.append(Drawn(*code, None if turned is None else (own_turn + turned) % 360))
        elif not any(text.startswith(one) for one in addresses.site):
            foreign += 1
    return list(dict.fromkeys(found))[:MOST], foreign


def _read(picture: Any) -> list[tuple[str, int]]:
    """Return the texts of the QR codes in a picture, and to which quarter each is turned.

    A QR is read in any direction: the picture is not turned.
    """
    barcodes = zxingcpp.read_barcodes(
        picture,
        formats=QR,
        try_rotate=False,
        try_downscale=False,
        try_invert=False,
    )
    return [(one.text[:500], round(one.orientation / 90) * 90 % 360) for one in barcodes]


def _own(text: str, addresses: Addresses) -> tuple[str, int] | None:
    for address in addresses.verification:
        rest = text.removeprefix(address)
        if rest != text and (match := re.fullmatch(rf"({CODE})(?:#([0-9]{{1,5}}))?", rest)):
            return match[1].translate(LOOK_ALIKES), int(match[2] or 0)
    return None
