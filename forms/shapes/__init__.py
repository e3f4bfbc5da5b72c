"""Shapes shared by several steps: filing, reviews, sessions, attendance, posts, and examples."""
