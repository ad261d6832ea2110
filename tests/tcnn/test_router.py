"""The router answers as scikit-learn's mixture does, without scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from training.router import fit, log_likelihood


@pytest.mark.parametrize("count", [1, 3, 5])
def test_it_equals_scikit_learn(count: int) -> None:
    rng = np.random.default_rng(count)
    middles = rng.normal(size=(4, 20)) * 3
    features = (middles[rng.integers(0, 4, 600)] + rng.normal(size=(600, 20))).astype(np.float32)
    router = fit(features, count, seed=3, components=6)
    pca = PCA(6, random_state=3).fit(features)
    mixture = GaussianMixture(count, covariance_type="full", reg_covar=1e-3, n_init=3, random_state=3)
    mixture.fit(pca.transform(features))
    expected = mixture.predict_proba(pca.transform(features))
    np.testing.assert_allclose(router.probabilities(features), expected, atol=1e-6)
    np.testing.assert_array_equal(router.choose(features), expected.argmax(1))
    density = mixture.score(pca.transform(features).astype(np.float64))
    assert log_likelihood(router, features) == pytest.approx(density, abs=1e-4)
