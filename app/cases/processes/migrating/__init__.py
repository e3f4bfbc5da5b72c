"""Running cases that move to another version of the diagrams."""
