"""Makes `python -m lipfx` the same as the command `lipfx`."""

from lipfx.cli.main import main

if __name__ == "__main__":
    main()
