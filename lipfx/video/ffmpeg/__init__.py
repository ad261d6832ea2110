"""ffmpeg and ffprobe as processes: what they can, read and write; must not know jobs or faces."""
