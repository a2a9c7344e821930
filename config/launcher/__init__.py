"""The commands behind `make`: set up what is missing, then run, test or check."""
