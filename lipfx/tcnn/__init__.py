"""The tweaked CNN cascade: crop, network, router, heads, refiner, checkpoint; must not know video or effects."""
