"""Suppression of a visit's personal data: what can be suppressed, and how it is decided.

`reminding`: mails about terms; `pending`: what waits for a decision or an answer; `listed`: the
list of suppressions that is applied again after a restore; `list_file`: its file; `requests`:
requests of persons, and their answers; `reviews`: hide a visit while its entity decides, then
suppress or show it again; `demo`: empties visits of demos; `plans`: empties plans of visitors who
did not come; `removal`: the one function that removes values; `deciders`: who decides; `terms`: the
time for decisions and answers; `marks`: by what an import recognises a suppressed visit; `fields`:
what can be removed, and on which grounds.
"""
