"""The words of letters in one home, for every form that a letter takes.

`letters` has them as plain values. The typesetter sets them as a PDF, and `plain_text` makes a text
to copy, for entities that write letters in another document system.
"""
