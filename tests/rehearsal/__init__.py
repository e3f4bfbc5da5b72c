"""The rehearsal of the end of mandates, over few entities (CI) or all (`make rehearsal`)."""
