"""The common parts of all pages: templates, errors, headers, static files, help, home."""
