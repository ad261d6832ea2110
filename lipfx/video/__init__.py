"""Reading, probing and writing clips through ffmpeg processes; must not know faces, models or effects."""
