"""Random distributions for the property tests, the awkward ones included."""

import numpy as np
from hypothesis import strategies as st


@st.composite
def distributions(draw, size=None, zeros=True):
    """One distribution: weights over 600 orders of magnitude, and exact zeros."""
    k = draw(st.integers(1, 8)) if size is None else size
    exponents = draw(st.lists(st.floats(-300, 0), min_size=k, max_size=k))
    spread = draw(st.sampled_from([0.0, 0.01, 1.0]))
    weights = 10.0 ** (np.array(exponents) * spread)
    if zeros:
        holes = np.array(draw(st.lists(st.booleans(), min_size=k, max_size=k)))
        holes[draw(st.integers(0, k - 1))] = False
        weights = np.where(holes, 0.0, weights)
    return weights / weights.sum()


@st.composite
def pairs(draw, count=2, zeros=True):
    """Several distributions over the same outcomes, some of them nearly equal."""
    k = draw(st.integers(1, 8))
    first = draw(distributions(k, zeros))
    others = []
    for _ in range(count - 1):
        if draw(st.booleans()):
            noise = np.array(draw(st.lists(st.floats(-1, 1), min_size=k, max_size=k)))
            near = first * (1 + 10.0 ** draw(st.integers(-16, -1)) * noise)
            others.append(near / near.sum())
        else:
            others.append(draw(distributions(k, zeros)))
    return (first, *others)


@st.composite
def joints(draw, rows=None, columns=None):
    """A joint distribution of two variables, zeros included."""
    n = draw(st.integers(1, 5)) if rows is None else rows
    m = draw(st.integers(1, 5)) if columns is None else columns
    return draw(distributions(n * m)).reshape(n, m)
