"""Suppression of a visit's personal data: what can be suppressed, and how it is decided.

`listed`: the list of suppressions that is applied again after a restore; `reviews`: hide a visit
while its entity decides, then suppress or show it again; `removal`: the one function that removes
values; `fields`: what can be removed, and on which grounds.
"""
