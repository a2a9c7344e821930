"""HTTP, for every room's API: answers, problems, bodies, pages of results, the schema."""
