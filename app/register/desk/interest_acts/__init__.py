"""Interest acts for the users who record them."""
