"""One track's landmarks and maps over time; must not know faces, networks or video."""
