"""check_books: what must always be true of cases, outcomes, benefits, lists and events.

`rules` holds the invariants that one SQL statement can tell; `check` runs them, and the few that
need Python.
"""
