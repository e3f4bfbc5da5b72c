"""Visits: recorded, corrected, planned, reserved, and the history of each."""
