"""Still pictures, folders and numbered ones; must not know videos."""
