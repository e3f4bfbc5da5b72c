"""Who may do what, signing in, and the mail that one may post."""
