"""The register of visits: its model, the desk, the public pages, the open data."""
