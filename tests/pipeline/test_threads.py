"""How many threads libraries take while clips are processed."""

from __future__ import annotations

import cv2
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits  # type: ignore[import-untyped]

from lipfx.pipeline.threads import one_thread_each


def threads() -> tuple[int, set[int]]:
    """OpenCV's number of threads, and those of the libraries behind NumPy's products."""
    np.ones((2, 2)) @ np.ones((2, 2))
    return cv2.getNumThreads(), {
        pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"
    }


def test_libraries_stay_in_one_thread_until_the_last_of_several_runs_has_ended() -> None:
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        with threadpool_limits(2, "blas"):
            first, second = one_thread_each(), one_thread_each()
            first.__enter__()
            second.__enter__()
            assert threads() == (1, {1})
            first.__exit__(None, None, None)
            assert threads() == (1, {1})
            second.__exit__(None, None, None)
            assert threads() == (2, {2})
    finally:
        cv2.setNumThreads(before)
