"""Settings and declarations of a register: outages, days without visits, counts."""
