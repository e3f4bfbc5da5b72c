"""The register of visits: what it holds, and the rules by which it is written and read.

`environments`: demo and production of an entity. `personnel`: whom one can visit, from the
SIP-RVL-002; who decides. `values`: the words of the register. `rules`: what norms set from a day
on. `keys`: codes, order, `visitor_key`. `recording`: entry, exit, correction, annulment, each
a transaction's worth. `writing`: the one place that writes visits. `changes`: what mirrors follow.
"""
