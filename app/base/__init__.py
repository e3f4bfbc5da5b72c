"""What knows nothing of the product: settings, database, tables, files, calendar, formatting."""
