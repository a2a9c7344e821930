"""What changes accounts and sign-ins: one call, one transaction."""
