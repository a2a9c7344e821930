"""Use cases of the workflow room."""
