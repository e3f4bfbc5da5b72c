"""Compare an upload with the paper that was issued."""

from __future__ import annotations

from collections.abc import Sequence

from app.cases.papers.preflight.facts import Facts


def was_added_before_signing(facts: Facts) -> bool:
    """Return whether a file that begins with the issued one shows more than it and signatures.

    Of a file that was changed after a signature, the signature says so.
    """
    return facts["added"] and not any(
        {"broken", "changed_after"} & set(one["reasons"]) for one in facts["signatures"]
    )


def differing(facts: Facts, issued: Sequence[str]) -> list[int]:
    """Return the pages of a file, from 1, whose text is not that of the issued page.

    `issued`: the digests of the texts of the issued pages (`PageFacts.text`). A page is known by
    the number in its QR, and without one by its place. A scanned page has no text that counts.
    """
    found = []
    for place, page in enumerate(facts["looked"], 1):
        number = next((code["page"] for code in page["codes"] if code["page"]), place)
        was = issued[number - 1] if number <= len(issued) else page["text"]
        if page["holds"] == "text" and page["text"] != was:
            found.append(place)
    return found
