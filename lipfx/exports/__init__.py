"""Tracks in the terms of other programs: where they count from, how they call things; must not know jobs."""
