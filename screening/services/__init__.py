"""What changes findings: one call, one transaction."""
