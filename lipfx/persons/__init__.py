"""Who is who, and whose lips are meant; must not know how faces are followed."""
