"""A process instance and everything that hangs on it: acts, records, papers, status, reminders."""
