"""Exceptions for one task: more time, a dictation, and a person who may decide it nevertheless."""
