"""A video file that is written, with all of its source's streams; must not know where frames come from."""
