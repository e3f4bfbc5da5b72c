"""The agenda: visits that offices expect."""
