"""Interest acts for those who record them."""
