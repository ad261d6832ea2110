"""Repeatable measurements of time; nothing here is run by the tests."""
