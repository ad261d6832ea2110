"""Trains and measures the cascade from a checkout; never imported by the product."""
