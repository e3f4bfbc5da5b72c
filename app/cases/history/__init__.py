"""The history of a case in sentences: who, when, what, old and new value."""
