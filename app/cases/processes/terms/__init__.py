"""Due dates and the terms they come from: set, kept, added to, moved by the calendar."""
