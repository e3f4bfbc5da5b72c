"""Pre-flight: what an uploaded paper is, who signed it, and what is wrong, before it is filed."""
