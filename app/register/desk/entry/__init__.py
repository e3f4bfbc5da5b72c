"""The desk: entries, exits, the end of the day."""
