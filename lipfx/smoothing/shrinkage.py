"""Owns fitting values over time, as much of them as is no noise; must not know what the values are.

A local polynomial in time (Savitzky and Golay, 1964) whose higher orders are shrunk towards nothing where
they explain no more than noise would (James and Stein, 1961).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lipfx.core.values import Float64

TIME_DIGITS = 5  # of a second: nearer times are taken as the same
TOGETHER = 1e-9
"""Share of a polynomial's size at which times lie too close for it to say what lower degrees do not."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How one kind of value is fitted.

    reach: seconds on either side; the weight falls to nothing there as a squared cosine. orders: degrees of
    the polynomials that are always kept, kept where slow motion shows them, and where fast motion does.
    caution: how many times the noise the higher orders must explain before they are kept at all.
    """

    reach: float
    orders: tuple[int, int, int]
    caution: float


@dataclass(frozen=True, slots=True)
class _Basis:
    """Orthonormal polynomials on n weighted times, one of each degree up to k - 1.

    weights: (n,). to_coefficients: (k, n), from values to what the polynomials have of them. here: (k,) each
    polynomial at time 0. spread: (k,) how much of every row's noise each takes up, `freedom` what is left.
    """

    weights: Float64
    to_coefficients: Float64
    here: Float64
    spread: Float64
    freedom: float


def shrunk_fit(
    fit: Fit,
    times: Float64,
    values: NDArray[Any],
    weights: Float64,
    noise: float,
    pool: Callable[[NDArray[Any]], NDArray[Any]],
) -> NDArray[Any]:
    """The value at time 0 of (n, d) `values` at (n,) `times` in seconds, fitted as `fit` says.

    weights: (n,) trust in each row. noise: the deviation below which differences count for nothing. pool:
    averages (d,) evidence over those of the d values that move together.
    """
    kind = values.dtype
    basis = _basis(fit, tuple(times.round(TIME_DIGITS).tolist()), tuple(weights.tolist()))
    here = basis.here.astype(kind)
    coefficients = basis.to_coefficients.astype(kind) @ values
    squares = np.square(coefficients)
    left = np.maximum(basis.weights.astype(kind) @ np.square(values) - squares.sum(0), 0)
    variance = fit.caution * (pool(left) / basis.freedom + noise**2)
    always = fit.orders[0] + 1
    result = here[:always] @ coefficients[:always]
    for low, high in zip(fit.orders, fit.orders[1:], strict=False):
        part = slice(low + 1, high + 1)
        if low + 1 < len(here):
            explained = pool(squares[part].sum(0)) / float(basis.spread[part].sum())
            kept = np.maximum(1 - variance / np.maximum(explained, 1e-12), 0)
            result += (kept * (here[part] @ coefficients[part])).astype(kind, copy=False)
    return np.asarray(result)


@lru_cache(maxsize=256)
def _basis(fit: Fit, times: tuple[float, ...], weights: tuple[float, ...]) -> _Basis:
    """The basis for a fit; the same for most frames of a clip, as they come at an even rate."""
    u = np.array(times) / fit.reach
    trust = np.cos(np.pi / 2 * u) ** 2 * weights
    aside = min(int((u < 0).sum()), int((u > 0).sum()))
    top = min(fit.orders[2], max((len(times) - 1) // 2, 2 * aside - 2))
    root = np.sqrt(trust)[:, None]
    basis, triangle = np.linalg.qr(np.vander(u, top + 1, increasing=True) * root)
    apart = np.abs(np.diag(triangle)) > TOGETHER * abs(triangle[0, 0])
    if not apart.all():  # times so close to each other that no more degrees can be told
        top = int(np.argmin(apart)) - 1
        basis, triangle = basis[:, : top + 1], triangle[: top + 1, : top + 1]
    here = np.linalg.solve(triangle.T, np.eye(top + 1)[0])
    spread = (basis**2 * trust[:, None]).sum(0)
    freedom = max(float(trust.sum() - spread.sum()), 1e-9)
    return _Basis(trust, (basis * root).T, here, spread, freedom)
