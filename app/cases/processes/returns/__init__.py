"""Returns that no coordinator decides: the entity corrects its work, or a session changes."""
