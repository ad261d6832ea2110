"""What effects that colour share: pigment, light, shine, shades; must not know any effect."""
