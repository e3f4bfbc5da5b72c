"""What all pages share: templates, errors, headers, static files, help, home."""
