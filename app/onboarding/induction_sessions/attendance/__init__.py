"""The attendance of a published session: the sheet of all entities with a seat, as one batch.

`sheet`: who is on it; `posted`: what was marked; `pages`: the pages.
"""
