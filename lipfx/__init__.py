"""lipfx finds lips in video and makes them up."""

__version__ = "0.1.0"
