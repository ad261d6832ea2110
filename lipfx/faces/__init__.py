"""Finding and following faces with dlib; must not know the landmarks network or effects."""
