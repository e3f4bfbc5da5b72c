"""The parts independent of the product: settings, database, tables, files, calendar, formatting."""
