"""The facts of a visit, their texts, keys and columns. Imports no other package here."""
