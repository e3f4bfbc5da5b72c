"""Installations of released versions, with live instances, as upgrades will meet them."""
