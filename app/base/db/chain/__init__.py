"""The chain of hashes: it shows that protected rows are as they were when they were closed.

Each night the rows that no closing has yet are entered in one: each with a hash (its leaf), all of
them in the hash of the closing, which contains the hash of the closing before. Who changes a row
behind the application's back must change its leaf, its closing and all later ones; a hash noted
outside the database shows that (ADR 0090).

`declared`: the tables, and which fields may be suppressed; `hashing`: what is hashed, byte by byte;
`closing`: the work of the night; `checking`: what does not fit; `suppressing`: a field goes and the
chain stays valid.
"""

from app.base.db.chain.checking import Fault, Standing, check, check_all, has, read
from app.base.db.chain.closing import close, forget_numbers
from app.base.db.chain.suppressing import change_of, removal

__all__ = [
    "Fault",
    "Standing",
    "change_of",
    "check",
    "check_all",
    "close",
    "forget_numbers",
    "has",
    "read",
    "removal",
]
