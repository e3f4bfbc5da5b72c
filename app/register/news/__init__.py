"""The topics that the public can follow, and their news, for feeds.

News name posts, entities and legal persons, never a visitor: personal data stay on the page of the
visit, where they can be corrected or suppressed.
"""
