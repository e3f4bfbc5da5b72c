"""The parts of an archive (.xlsx, .ods), unpacked piece by piece and parsed as XML.

The sizes that a file declares are not trusted. No entity is expanded.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from xml.parsers import expat

from forms.fields.foreign.bounds import MEGABYTE, ContentLimits, Damaged, TooLarge

Start = Callable[[str, dict[str, str]], None]

#: Bytes unpacked at once; also longer than any tag that a program writes.
CHUNK = MEGABYTE // 4
LONGEST_TAG = MEGABYTE


class Parts:
    """The parts of an archive, together within the limits. Raises TooLarge."""

    def __init__(self, archive: zipfile.ZipFile, most: ContentLimits) -> None:
        if sum(part.file_size for part in archive.infolist()) > most.unpacked:
            raise TooLarge
        self.archive = archive
        self.most = most
        self.tags = 0

    def read(
        self,
        path: str,
        start: Start,
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Parse a part to its end."""
        for _ in self.parsed(path, start, end, text):
            pass

    def parsed(
        self,
        path: str,
        start: Start,
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """Parse a part, yielding after each piece of it."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.CharacterDataHandler = text

        def first(tag: str, values: dict[str, str]) -> None:
            """Set the handlers by the prefix (usually none) of the first tag: all tags have it."""
            prefix = tag.rpartition(":")[0]
            named = _without(f"{prefix}:") if prefix else str
            parser.StartElementHandler = (
                (lambda tag, values: start(named(tag), values)) if prefix else start
            )
            if end is not None:
                parser.EndElementHandler = (lambda tag: end(named(tag))) if prefix else end
            start(named(tag), values)

        parser.StartElementHandler = first
        fed = 0
        with self.archive.open(path) as part:
            while piece := part.read(CHUNK):
                self.tags += piece.count(b"<")
                if self.tags > self.most.tags:
                    raise TooLarge
                parser.Parse(piece)
                fed += len(piece)
                if fed - parser.CurrentByteIndex > LONGEST_TAG:
                    raise TooLarge  # an unfinished tag is parsed again from its start each time
                yield
            parser.Parse(b"", True)
            yield


def _without(prefix: str) -> Callable[[str], str]:
    return lambda tag: tag.removeprefix(prefix)


def _refuse_doctype(*_: object) -> None:
    """Reject document types: no spreadsheet program writes one, and they define entities."""
    raise Damaged
