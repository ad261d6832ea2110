"""What light and grade make of colours at a mouth; must not know effects, tracks' files or networks."""
