"""The tweaked CNN cascade, from a crop to landmarks and classes; must not know video or effects."""
