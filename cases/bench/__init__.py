"""`make bench`: figures, one JSON line each (docs/how-to/measure.md)."""
