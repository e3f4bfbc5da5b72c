"""Acts of coordinators on the cases and tasks of a selection: one module per kind.

`tasks`: what kinds whose rows are tasks share.
"""
