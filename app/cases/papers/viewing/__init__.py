"""Papers as people see them: their pages as pictures, with their texts."""
