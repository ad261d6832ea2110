"""Owns lipfx's version: the package's metadata, `lipfx --version` and results all tell this one."""

__version__ = "0.1.0"
