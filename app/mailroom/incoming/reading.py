"""Reading of an untrusted message: its parts, as plain text that can be shown.

The message is not trusted, and only its text is kept: attachments are named. Broken parts (a
charset, a header, a boundary) are read as well as possible.
"""

from __future__ import annotations

import codecs
import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import collapse_rfc2231_value, getaddresses
from functools import cached_property
from typing import Any

from lxml import etree, html

from app.base import formatting
from app.mailroom import spool
from app.people.mail.erasing import CODES, without_links

#: Messages of more parts, or nested deeper, are read like larger ones: no mail program writes them.
MOST_PARTS = 1000
MOST_NESTED = 50
#: Limits of the stored text: characters of the text, of a line such as the subject; attachments.
LONGEST_TEXT = 20_000
LONGEST_LINE = 300
LONGEST_HEADER = 8000
MOST_NAMES = 20
#: Bytes of one part that are decoded.
MOST_OF_PART = 256 * 1024

#: Codecs that are no charsets of mail, and slow or surprising on long texts.
NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
#: Control characters, and invisible or direction-changing characters.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069"
    "\ud800-\udfff\ufeff\ufff9-\ufffb]"
)
BLOCKS = frozenset(
    "address article blockquote body br dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header "
    "hr li main ol p pre section table td th tr ul".split()
)
SILENT = ("head", "script", "style", "template", "title")


class NotAMessage(Exception):
    """These bytes are no e-mail message: they have none of its headers."""


@dataclass(frozen=True)
class Reading:
    """A message, and how large it is (in bytes) where not all of it was read."""

    message: Message
    size: int = 0

    def header(self, name: str) -> str:
        """Return a header in one line, decoded; "" where there is none."""
        return decoded(self.message.get(name, ""))

    def addresses(self, *names: str) -> list[str]:
        """Return the addresses in headers, in lower case; parsed before names are decoded."""
        values = [
            UNSEEN.sub("", str(value))[:LONGEST_HEADER]
            for name in names
            for value in self.message.get_all(name, [])
        ]
        return [address.casefold() for _, address in getaddresses(values) if "@" in address]

    @cached_property
    def sender(self) -> str:
        """The sender that it names, as it is shown; "" if it names none."""
        return self.header("From")[:LONGEST_LINE]

    @cached_property
    def address(self) -> str:
        """The sender's address in lower case; "" where there is none."""
        return next(iter(self.addresses("From")), "")

    @cached_property
    def subject(self) -> str:
        """The subject, in one line."""
        return self.header("Subject")[:LONGEST_LINE]

    @cached_property
    def text(self) -> str:
        """The text that a person wrote, or its HTML as text; and what was left out."""
        shown = self._plain() or self._from_html()
        if len(shown) > LONGEST_TEXT:
            shown = f"{shown[:LONGEST_TEXT]}…\n\n[El texto es más largo: este es el comienzo.]"
        if names := self.attachments():
            shown += f"\n\n[Adjuntos que no se guardan: {', '.join(names)}]"
        if self.size:
            shown += (
                f"\n\n[El mensaje mide {formatting.size(self.size)}: solo se leyó el comienzo.]"
            )
        return CODES.sub("…", without_links(shown.strip()))

    def _plain(self) -> str:
        texts = (text_of(part) for part in self.written("plain"))
        return "\n\n".join(text for text in texts if text)[: LONGEST_TEXT + 1]

    def _from_html(self) -> str:
        for part in self.written("html"):
            if text := clean(text_of_html(payload(part), charset_of(part))):
                return text
        return ""

    def written(self, subtype: str) -> Iterator[Message]:
        """Yield the readable text parts, without the parts of a message inside this one."""
        for part in parts(self.message):
            if part.get_content_type() == f"text/{subtype}" and not is_attached(part):
                yield part

    def attachments(self) -> list[str]:
        """Return the names of the attachments."""
        named = [name for part in parts(self.message) if (name := name_of(part))]
        more = len(named) - MOST_NAMES
        return named[:MOST_NAMES] + ([f"y {more} más"] if more > 0 else [])


def read(raw: bytes, size: int = 0) -> Reading:
    """Read the bytes of a message; `size` is its whole size, where that is more than came here.

    Raises NotAMessage.
    """
    size = max(size, len(raw))
    if size > spool.MOST_BYTES or _is_odd(raw):
        raw = raw[: spool.BEGINNING]
    raw = raw.lstrip(b"\r\n \t\x00")
    try:
        message = email.message_from_bytes(raw)
    except RecursionError:
        message = BytesHeaderParser().parsebytes(raw)
    if not spool.is_message(raw):
        raise NotAMessage
    return Reading(message, size if size > len(raw) + 1024 else 0)


def _is_odd(raw: bytes) -> bool:
    """Return whether parsing would take long: every boundary is looked for in each line."""
    return raw.count(b"\n--") > MOST_PARTS or raw.lower().count(b"multipart/") > MOST_NESTED


# Parts ----------------------------------------------------------------------------------------


def parts(message: Message) -> Iterator[Message]:
    """Yield the parts that are no multipart, in order; messages inside are parts as a whole."""
    left, seen = [message], 0
    while left and seen < MOST_PARTS:
        part = left.pop()
        seen += 1
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            left.extend(reversed(inside(part)))
        else:
            yield part


def inside(part: Message) -> list[Message]:
    """Return the messages, or blocks of fields, that a part holds."""
    held: Any = part.get_payload() if part.is_multipart() else []
    return [one for one in held if isinstance(one, Message)]


def is_attached(part: Message) -> bool:
    """Return whether a part is an attachment, not text to read."""
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def name_of(part: Message) -> str:
    """Return the name of an attachment; "" for a part that is none."""
    kind = part.get_content_type()
    try:
        given = part.get_param("filename", None, "content-disposition") or part.get_param("name")
        name = decoded(collapse_rfc2231_value(given)) if given else ""
    except (LookupError, TypeError, ValueError):
        name = ""
    if not name and is_attached(part):
        name = "sin nombre"
    read_as_text = kind in ("text/plain", "text/html") and not is_attached(part)
    return "" if read_as_text else name[:100]


def payload(part: Message) -> bytes:
    """Return the bytes of a part, decoded; of a long one its beginning."""
    content: Any = part.get_payload(decode=True)
    return content[:MOST_OF_PART] if isinstance(content, bytes) else b""


def text_of(part: Message) -> str:
    """Return the text of a part, clean."""
    return clean(in_charset(payload(part), charset_of(part)))


def charset_of(part: Message) -> str | None:
    """Return the charset that a part declares; None if it declares none or a broken one."""
    try:
        return part.get_content_charset()
    except (LookupError, TypeError, ValueError):
        return None


def in_charset(content: bytes, charset: str | None) -> str:
    """Decode bytes by their declared charset, otherwise by the charsets usual in Peru."""
    for name in (charset, "utf-8"):
        try:
            if name and codecs.lookup(name).name not in NO_CHARSETS:
                return content.decode(name)
        except (LookupError, ValueError):
            continue
    return content.decode("cp1252", "replace")


# Text -----------------------------------------------------------------------------------------


def decoded(value: Any) -> str:
    """Return a header's value in one clean line."""
    try:
        chunks = decode_header(value[:LONGEST_HEADER] if isinstance(value, str) else value)
    except (HeaderParseError, ValueError):
        chunks = [(str(value), None)]
    texts = [
        chunk if isinstance(chunk, str) else in_charset(chunk, charset) for chunk, charset in chunks
    ]
    return " ".join(clean("".join(texts)).split())


def clean(text: str) -> str:
    """Return text without invisible or direction-changing characters; lines end in \\n."""
    lines = re.sub(r"\r\n?|\x0c|\x85|\u2028|\u2029", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", UNSEEN.sub("", lines)).strip()


def text_of_html(content: bytes, charset: str | None) -> str:
    """Return the text of a page, without its links, styles, scripts and pictures."""
    page = in_charset(content, charset).encode("utf-8", "replace")
    try:
        root = html.fromstring(page, parser=html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return ""
    unseen = (*SILENT, etree.Comment, etree.ProcessingInstruction)
    etree.strip_elements(root, *unseen, with_tail=False)
    said: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        said.append("\n" if element.tag in BLOCKS else "")
        text = element.text if event == "start" else element.tail
        said.append(re.sub(r"\s+", " ", text or ""))
    lines = (" ".join(line.split()) for line in "".join(said).split("\n"))
    return "\n".join(lines)
