"""The command line, one file per command; must not hold anything a library user would miss."""
