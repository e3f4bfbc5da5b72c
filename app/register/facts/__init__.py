"""What a visit says: its facts, their texts, keys and columns. Knows no other package here."""
