"""Pages that people print for their own use: nobody issues them, so they have no code."""
