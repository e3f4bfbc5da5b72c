"""A process instance and what depends on it: acts, records, papers, status, questions."""
