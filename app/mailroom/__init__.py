"""Mail out and in, and its pages."""
