"""Django's PostgreSQL backend, asking a kept connection for its health without a query."""
