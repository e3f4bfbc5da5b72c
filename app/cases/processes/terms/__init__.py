"""Terms and the due dates that come from them: set, continued, extended, recalculated."""
