"""Use cases of cases: one call, one transaction."""
