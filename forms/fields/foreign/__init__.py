"""Readers of files that strangers made: run by `child` in a process of its own, never elsewhere."""
