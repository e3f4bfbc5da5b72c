"""Installations of released versions, with live instances, for tests of upgrades."""
