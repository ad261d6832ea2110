"""Owns how NUT, in which frames travel through pipes, is written; must not know what travels."""

NUT_OPTIONS = {"syncpoints": "none", "write_index": "0", "strict": "experimental"}
"""Nobody seeks in a pipe. Both sides would remember where every frame was: 20 MiB in half an hour."""
