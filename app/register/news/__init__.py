"""What the public can follow, and what is new of it: for feeds and for a daily mail.

News name posts, entities and legal persons, never a visitor: what is said of a person stays on the
page of the visit, where it can be corrected or suppressed.
"""
