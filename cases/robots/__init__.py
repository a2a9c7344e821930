"""Robots: they open cases and do tasks as staff would, through the HTTP API or in the process.

Used by `play`, `demo`, `bench` and the load tests. Sample databases only.
"""
