"""Exceptions for one task: more time, and a person who may decide it nevertheless."""
