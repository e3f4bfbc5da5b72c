"""Running it: commands, server, worker, backup, health, demo, first installation."""
