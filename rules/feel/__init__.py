"""S-FEEL: the language of a decision table's cells. Text to tree (`parse`), tree to SQL (`sql`)."""
