"""Shapes that several steps share: filing, reviews, sessions, attendance, posts, and examples."""
