"""Numbers and dates of issued papers: a series, what was typed, and papers that are void."""
