"""The values, pixels and places that every stage shares; must not know any stage."""
