"""Owns the landmark scheme: which of the 56 points is where on the lips; must not know pictures or networks.

Points 58 to 113 of the 194 of Helen (Le, Brandt, Lin, Bourdev, Huang: ECCV 2012), in its order: the outer
contour from the mouth corner at the image's left in an upright face along the upper lip to the other corner
and back along the lower lip, then the inner contour the same way.
"""

from __future__ import annotations

import numpy as np

SCHEME = "helen-56"
COUNT = 56
OUTER, INNER = slice(0, 28), slice(28, 56)
"""The two closed contours."""

OUTER_CORNERS, INNER_CORNERS = (0, 13), (28, 42)
"""Left and right corner of each contour."""

UPPER_OUTER, LOWER_OUTER = [*range(14)], [*range(13, 28), 0]
UPPER_INNER, LOWER_INNER = [*range(28, 43)], [*range(42, 56), 28]
"""The four arcs, corners included: the upper ones from left to right, the lower ones back."""

UPPER_LIP, LOWER_LIP = [*UPPER_OUTER, *UPPER_INNER[::-1]], [*LOWER_OUTER, *LOWER_INNER[::-1]]
INNER_MOUTH = [*range(28, 56)]
"""Closed polygons."""

TOP, BOTTOM = (6, 7), (20, 21)
"""The two outer points on either side of the middle of the upper and of the lower lip."""

INNER_MIDDLE = (35, 49)
"""The inner points in the middle of the upper and of the lower lip."""

MIDDLE = (*TOP, *BOTTOM, *INNER_MIDDLE)
"""What lies on the mouth's midline."""

MIRROR = np.concatenate([(13 - np.arange(28)) % 28, 28 + (14 - np.arange(28)) % 28])
"""(56,) the point that each one is in a mirror."""
