"""Readers of foreign (untrusted) files. Only `child` runs them, in a separate process."""
