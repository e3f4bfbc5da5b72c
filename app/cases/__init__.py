"""A process instance and what belongs to it: acts, records, papers, status, reminders."""
