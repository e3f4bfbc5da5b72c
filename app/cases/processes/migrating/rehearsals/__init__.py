"""Rehearsals of a migration over all live cases, and its application in batches.

`starting`: the beginning of a rehearsal, and decisions; `judging`: the judging of its cases by the
worker; `verdicts`: what is kept of them; `table`, `words`: the table that people read; `batches`:
filters, authors, second persons; `applying`: a transaction per case, and the return.
Functions flush; entry points commit.
"""
