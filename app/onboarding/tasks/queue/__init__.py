"""The list through which a coordinator works: its filters, its query, and the task that follows."""
