"""Pages of a task besides its form: dictating, dividing a file, more time, allowing a person."""
