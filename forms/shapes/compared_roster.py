"""A roster under review, row by row, held against the one of the last accepted presentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from forms.fields.identifiers import plain
from forms.fields.people import key_of
from forms.fields.personnel import PROFILES, Row
from forms.shapes.roster_steps import DOCUMENT_LABEL, Changes, compare

#: Changes of a row, as URLs write them, with their words.
CHANGES = {"alta": "Nueva", "baja": "Ya no está", "cambio": "Cambió"}
ADDED, REMOVED, CHANGED = CHANGES
#: The same in the plural, after a number.
MANY = {"alta": ("nueva", "nuevas"), "baja": ("ya no está", "ya no están")}
MANY |= {"cambio": ("cambió", "cambiaron")}
#: The columns whose changes come before others: who a person is and what they may do.
WEIGHTY = frozenset({DOCUMENT_LABEL, "Perfil"})
#: Rows that the page of a review shows; the others are on the page of all rows.
SHOWN = 25
#: The columns in whose text a search looks: never the document.
SEARCHED = ("surnames", "given_names", "post", "unit", "site")


@dataclass(frozen=True)
class Line:
    """A row with its number in the presentation (0 if it is no longer there) and its change.

    `cells` holds the old and the new words of each changed column, by the column's label.
    """

    number: int
    row: Row
    change: str
    cells: tuple[tuple[str, str, str], ...] = ()

    @property
    def rank(self) -> int:
        """The order of changes in a review: new, no longer there, document or profile, others."""
        if self.change != CHANGED:
            return list(CHANGES).index(self.change)
        return 2 if any(label in WEIGHTY for label, _, _ in self.cells) else 3


@dataclass(frozen=True)
class ComparedRoster:
    """All rows of a presentation, and those of the accepted roster that it no longer has."""

    lines: tuple[Line, ...]
    #: None if no roster was accepted before.
    changes: Changes | None
    #: Condition: the same rows as before, in another order.
    is_reordered: bool = False

    @classmethod
    def of(cls, roster: Sequence[Row] | None, accepted: Sequence[Row] | None) -> ComparedRoster:
        """Compare a roster with the accepted one; None for a roster that there is not."""
        rows = roster or []
        if accepted is None:
            return cls(tuple(Line(n, row, "") for n, row in enumerate(rows, 1)), None)
        changes = compare(accepted, rows)
        kinds = dict.fromkeys(map(key_of, changes.added), ADDED)
        kinds |= dict.fromkeys(map(key_of, changes.removed), REMOVED)
        cells = {key_of(one.row): one.cells for one in changes.changed}
        kinds |= dict.fromkeys(cells, CHANGED)
        keys = [key_of(row) for row in rows]
        lines = [
            Line(number, row, kinds.get(key, ""), cells.get(key, ()))
            for number, (key, row) in enumerate(zip(keys, rows, strict=True), 1)
        ]
        present = set(keys)
        lines += [Line(0, row, REMOVED) for row in changes.removed if key_of(row) not in present]
        before = [key_of(row) for row in accepted if key_of(row) in present]
        return cls(tuple(lines), changes, not changes and before != keys)

    def presented(self) -> int:
        """Return how many rows the presentation has."""
        return sum(line.number > 0 for line in self.lines)

    def by_profile(self) -> list[tuple[str, str, int]]:
        """Return the profiles of the presentation: value, words and number of people."""
        counted = Counter(line.row["profile"] for line in self.lines if line.number)
        return [(value, words, counted[value]) for value, words in PROFILES if counted[value]]

    def counted(self) -> list[tuple[str, str, int]]:
        """Return the changes that rows have: value, words after the number, and number of rows."""
        counts = self.by_change()
        return [(one, MANY[one][counts[one] != 1], counts[one]) for one in CHANGES if counts[one]]

    def to_show(self) -> list[Line]:
        """Return the rows that a review looks at: those that changed, or all without changes."""
        changed = [line for line in self.lines if line.change]
        return sorted(changed, key=attrgetter("rank")) or list(self.lines)

    def first(self) -> list[Line]:
        """Return the first rows to show, of each change some."""
        rows = self.to_show()
        if len(rows) <= SHOWN or not self.changes:
            return rows[:SHOWN]
        ranks = sorted({line.rank for line in rows})
        share = SHOWN // len(ranks)
        some = ([line for line in rows if line.rank == one][:share] for one in ranks)
        return [line for lines in some for line in lines]

    @staticmethod
    def profile_of(row: Mapping[str, str]) -> str:
        """Return the words of a row's profile."""
        return dict(PROFILES)[row["profile"]]

    @staticmethod
    def is_weighty(label: str) -> bool:
        """Condition: the column of that label says who a person is or what they may do."""
        return label in WEIGHTY

    @staticmethod
    def words_of(line: Line) -> str:
        """Return the words of a line's change."""
        return CHANGES[line.change]

    def by_change(self) -> Counter[str]:
        """Return how many lines have each change."""
        return Counter(line.change for line in self.lines)

    def chosen(self, profile: str = "", change: str = "", text: str = "") -> list[Line]:
        """Return the lines with a profile, a change and a text; "" for all."""
        sought = plain(text).split()
        return [
            line
            for line in self.lines
            if profile in ("", line.row["profile"])
            and change in ("", line.change)
            and (not sought or _has(line.row, sought))
        ]


def _has(row: Mapping[str, str], sought: Sequence[str]) -> bool:
    words = plain(" ".join(row[name] for name in SEARCHED))
    return all(one in words for one in sought)
