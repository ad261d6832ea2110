"""Owns the choice of a head: a Gaussian mixture over the backbone's features, as plain arrays.

Fitted by EM in scikit-learn (training/router.py); here only its arrays are needed, so that neither
scikit-learn nor torch is. The answer equals scikit-learn's `GaussianMixture.predict_proba`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lipfx.core.values import Float32, Float64


@dataclass(frozen=True, slots=True)
class Router:
    """A mixture of K Gaussians on D principal components of F features.

    centre: (F,) and components: (D, F) of the principal component analysis. weights: (K,).
    means: (K, D). precisions: (K, D, D), upper Cholesky factors of the inverse covariances as
    scikit-learn stores them (covariance_type 'full').
    """

    centre: Float64
    components: Float64
    weights: Float64
    means: Float64
    precisions: Float64

    @property
    def count(self) -> int:
        return int(self.weights.size)

    def fits(self, count: int, features: int) -> bool:
        """Whether the arrays belong together, for K = `count` and F = `features`."""
        room = len(self.components)
        return (
            self.centre.shape == (features,)
            and self.components.shape == (room, features)
            and self.weights.shape == (count,)
            and self.means.shape == (count, room)
            and self.precisions.shape == (count, room, room)
        )

    def probabilities(self, features: Float32) -> Float64:
        """(n, K) posterior of each component for (n, F) features."""
        x = (np.asarray(features, np.float64) - self.centre) @ self.components.T
        white = np.einsum("nd,kde->nke", x, self.precisions)
        white -= np.einsum("kd,kde->ke", self.means, self.precisions)
        volume = np.log(np.diagonal(self.precisions, axis1=1, axis2=2)).sum(1)
        score = np.log(self.weights) + volume - 0.5 * (white**2).sum(2)
        score -= score.max(1, keepdims=True)
        odds = np.exp(score)
        return np.asarray(odds / odds.sum(1, keepdims=True), dtype=np.float64)

    def choose(self, features: Float32) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """(n,) the likeliest component for (n, F) features."""
        return np.asarray(self.probabilities(features).argmax(1), dtype=np.int64)
