"""Returns that an entity begins or asks for, and those that a changed session causes."""
