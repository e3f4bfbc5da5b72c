"""The key of a post: the same for all its holders, in whatever spelling and gender it is written.

It is part of the public address of the post (`/decisores/<entity>/<key>`), so a change of these
rules changes addresses: `tests/forms/test_post_keys.py` holds them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from forms.fields.identifiers import plain

WORD = re.compile(r"[^\W_]+")
#: The mark that offices write after the post of an acting holder.
ACTING_MARK = re.compile(r"\(\s*e\s*\)")
#: Words after which a post names its office or its matter.
OF = frozenset({"de", "del", "en", "para"})
#: Ends of feminine words → masculine; the first match counts.
MASCULINE = (
    (re.compile(r"ora$"), "or"),
    (re.compile(r"esa$"), "e"),
    (re.compile(r"nta$"), "nte"),
    (re.compile(r"efa$"), "efe"),
    (re.compile(r"a$"), "o"),
)


def post_key(post: str, unit: str) -> str:
    """Return the key of a post of a unit.

    Case, accents, punctuation, the gender of the holder and the mark `(e)` make no difference:
    *Alcaldesa* and *Alcalde* of one unit are the same post.
    """
    words = WORD.findall(ACTING_MARK.sub(" ", plain(post)))
    head = next((place for place, word in enumerate(words) if word in OF), len(words))
    named = [*map(_masculine, words[:head]), *words[head:]]
    return f"{'-'.join(named)}--{'-'.join(WORD.findall(plain(unit)))}"


def key_of(post: Mapping[str, str]) -> str:
    """Return the key of a post of a list of decision-makers."""
    return post_key(post["post"], post["unit"])


def _masculine(word: str) -> str:
    for ending, other in MASCULINE:
        if ending.search(word):
            return ending.sub(other, word)
    return word
