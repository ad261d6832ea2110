"""A video file that is written, with all of its source's other streams; must not know where frames come from."""
