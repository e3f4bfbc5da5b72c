"""The attendance of a published session: the sheet of all entities with a seat, as one batch.

`sheet`: who is on it; `posted`: what was marked; `listed`, `template`: files; `pages`: the
sheet; `fixing`: the correction of a list.
"""
