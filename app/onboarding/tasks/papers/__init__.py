"""The papers of a step: their numbers, and the files that are uploaded as their signed copies."""
