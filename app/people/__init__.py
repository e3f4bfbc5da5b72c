"""Access rights, signing in, and the mail that a person may post."""
