"""The error of a setting."""


class BadSetting(Exception):
    """A setting cannot be used; the message names the variable and its valid values."""
