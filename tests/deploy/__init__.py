"""What is shipped for a data centre."""
