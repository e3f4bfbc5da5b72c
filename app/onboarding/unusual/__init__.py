"""What deserves a second look before an answer is confirmed, where only the database knows it.

What a form knows by itself, its `unusual()` returns. Every function yields full sentences.
"""
