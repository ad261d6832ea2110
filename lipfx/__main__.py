"""Owns how the process starts and ends, as the command `lipfx` and as `python -m lipfx`; must not import
anything heavy before a signal can end it without a traceback."""

import gc
import os
import sys

from lipfx.cli import signals, stderr


def main() -> None:
    """The entry point of the console script."""
    try:
        signals.interrupt_on_signals()
        stderr.take(debug="--debug" in sys.argv)
        signals.answer_what_is_lost()
        # Runs keep libraries in the threads that call them. OpenBLAS would start more when NumPy is imported,
        # and they spin for a tenth of a second on the core that looks at the clip meanwhile.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        from lipfx.cli.main import run

        status = run(sys.argv[1:])
        signals.end_quietly()
        gc.freeze()  # all that is left goes with the process: looking through it once more takes 50 ms
    except (Exception, signals.Interrupted):  # while modules were imported, or when the work was done already
        if not signals.interrupted():
            raise
        status = signals.INTERRUPTED
    sys.exit(status)


if __name__ == "__main__":
    main()
