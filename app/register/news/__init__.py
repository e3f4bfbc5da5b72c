"""The topics that the public can follow, and their news: for feeds and for a daily mail.

News name posts, entities and legal persons, never a visitor: personal data stay on the page of the
visit, where they can be corrected or suppressed.
"""
