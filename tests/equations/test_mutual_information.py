"""Each labelled equation of the chapter, both sides by different routes.

The tables are of whole numbers, so that margins and conditionals are exact
fractions; their logarithms come from mpmath. The library is the other route.
"""

import math
from collections import Counter
from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest
import sympy

from lib import conditional_entropy, entropy, joint_entropy, mutual_information, self_information

rng = np.random.default_rng(3)
# Many empty cells; the first one has an empty row and an empty column.
COUNTS = [np.array([[2, 0, 1], [0, 0, 0], [3, 0, 4]]), np.array([[7]]), np.array([[6, 0], [1, 1]])]
COUNTS += [
    np.where(rng.random(shape) < 0.4, 0, rng.integers(1, 9, shape)) + np.eye(*shape, dtype=int)
    for shape in [(2, 2), (3, 5), (5, 3), (4, 4)] * 5
]
CUBES = [np.where(rng.random((3, 2, 4)) < 0.3, 0, rng.integers(1, 9, (3, 2, 4))) + np.eye(3, 2, dtype=int)[:, :, None] for _ in range(20)]


def bits(fraction):
    """Return log2 of a fraction to 30 digits."""
    with mpmath.workdps(30):
        return mpmath.log(mpmath.mpf(fraction.numerator) / fraction.denominator, 2)


def cells(counts):
    """Return the cells that are not empty as exact shares, by index."""
    total = int(counts.sum())
    return {i: Fraction(int(n), total) for i, n in np.ndenumerate(counts) if n}


def margin(table, *axes):
    """Sum exact shares over all other axes."""
    sums = Counter()
    for i, share in table.items():
        sums[tuple(i[axis] for axis in axes)] += share
    return sums


def exact_entropy(table):
    return -sum(share.numerator * bits(share) / share.denominator for share in table.values())


def shares(counts):
    return counts / counts.sum()


def close(value, exact, tolerance=1e-12):
    assert float(value) == pytest.approx(float(exact), abs=tolerance)


@pytest.mark.parametrize("counts", COUNTS)
def test_eq_joint_entropy(counts):
    close(joint_entropy(shares(counts)), exact_entropy(cells(counts)))


@pytest.mark.parametrize("counts", COUNTS)
def test_eq_conditional_entropy(counts):
    # Middle: the mean over the rows. Right: the sum over the cells.
    table = cells(counts)
    p_x = margin(table, 0)
    middle = sum(
        float(weight) * entropy([float(table.get((x, y), 0) / weight) for y in range(counts.shape[1])]) for (x,), weight in p_x.items()
    )
    right = -sum(float(p) * bits(p / p_x[(x,)]) for (x, y), p in table.items())
    close(middle, right)
    close(conditional_entropy(shares(counts), given="x"), right)


@pytest.mark.parametrize("counts", COUNTS)
def test_eq_entropy_chain(counts):
    table = cells(counts)
    exact = exact_entropy(table)
    close(exact_entropy(margin(table, 0)) + conditional_entropy(shares(counts), given="x"), exact)
    close(exact_entropy(margin(table, 1)) + conditional_entropy(shares(counts), given="y"), exact)


def test_eq_mi_pointwise():
    for counts in COUNTS:
        table = cells(counts)
        p_x, p_y = margin(table, 0), margin(table, 1)
        for (x, y), p in table.items():
            gained = self_information(float(p_y[(y,)])) - self_information(float(p / p_x[(x,)]))
            close(gained, bits(p / (p_x[(x,)] * p_y[(y,)])))


def exact_mutual_information(table):
    p_x, p_y = margin(table, 0), margin(table, 1)
    return sum(float(p) * bits(p / (p_x[(x,)] * p_y[(y,)])) for (x, y), p in table.items())


@pytest.mark.parametrize("counts", COUNTS)
def test_eq_mutual_information(counts):
    # Left by the library, whose terms are p log(p/q) - p + q; right the definition.
    close(mutual_information(shares(counts)), exact_mutual_information(cells(counts)))


@pytest.mark.parametrize("counts", COUNTS)
def test_eq_mi_entropies(counts):
    table, joint = cells(counts), shares(counts)
    exact = exact_mutual_information(table)
    h_x, h_y, h_xy = (exact_entropy(margin(table, *axes)) for axes in [(0,), (1,), (0, 1)])
    x_left, y_left = conditional_entropy(joint, given="y"), conditional_entropy(joint, given="x")
    for form in (h_x + h_y - h_xy, h_y - y_left, h_x - x_left, h_xy - x_left - y_left):
        close(form, exact)


def test_eq_mi_log_bound():
    t = sympy.symbols("t", positive=True)
    gap = t - 1 - sympy.log(t)
    assert gap.subs(t, 1) == 0
    assert sympy.factor(sympy.diff(gap, t)) == (t - 1) / t  # falls before 1, rises after it
    with mpmath.workdps(40):
        for value in np.geomspace(1e-12, 1e12, 501):
            assert value == 1 or mpmath.log(mpmath.mpf(value)) < mpmath.mpf(value) - 1


def test_eq_mi_nonnegative():
    # Both steps of the proof, and equality in both for independent tables only: all tables of ninths.
    ninths = [np.reshape(c, (2, 3)) for c in product(range(10), repeat=6) if sum(c) == 9]
    values = mutual_information(np.array(ninths) / 9)
    independent = np.array([(9 * c == np.outer(c.sum(axis=1), c.sum(axis=0))).all() for c in ninths])
    assert 0 < independent.sum() < len(ninths)
    assert (values >= 0).all()
    # A table that is not independent misses a product by at least 1/81, which costs more than 1e-3 bits.
    assert values[independent].max() < 1e-14 and values[~independent].min() > 1e-3
    for counts in COUNTS:
        table = cells(counts)
        p_x, p_y = margin(table, 0), margin(table, 1)
        products = sum(p_x[(x,)] * p_y[(y,)] for x, y in table)
        assert -float(exact_mutual_information(table)) * math.log(2) <= float(products - 1) + 1e-15
        assert products <= 1


def test_eq_mi_conditioning():
    joint = np.random.default_rng(4).dirichlet(np.ones(12), size=2000).reshape(-1, 3, 4)
    h_x, h_y = entropy(joint.sum(axis=-1)), entropy(joint.sum(axis=-2))
    assert (conditional_entropy(joint, given="x") < h_y).all()
    assert (joint_entropy(joint) < h_x + h_y).all()
    independent = joint.sum(axis=-1, keepdims=True) * joint.sum(axis=-2, keepdims=True)
    np.testing.assert_allclose(conditional_entropy(independent, given="x"), h_y, atol=1e-12)
    np.testing.assert_allclose(joint_entropy(independent), h_x + h_y, atol=1e-12)


def test_eq_mi_bound():
    # All tables of sevenths: the bound holds, and is met by a function of one of the two and by nothing else.
    for c in product(range(8), repeat=6):
        if sum(c) != 7:
            continue
        counts = np.reshape(c, (2, 3))
        shared = mutual_information(counts / 7)
        h_x, h_y = entropy(counts.sum(axis=1) / 7), entropy(counts.sum(axis=0) / 7)
        assert shared <= min(h_x, h_y) + 1e-12
        x_of_y = ((counts > 0).sum(axis=0) <= 1).all()
        y_of_x = ((counts > 0).sum(axis=1) <= 1).all()
        assert (abs(shared - h_x) < 1e-12) == x_of_y
        assert (abs(shared - h_y) < 1e-12) == y_of_x


def test_eq_mi_fixed_margins():
    a = sympy.symbols("a", positive=True)
    table = sympy.Matrix([[sympy.Rational(1, 2) - a, a], [sympy.Rational(1, 6) + a, sympy.Rational(1, 3) - a]])
    assert [sum(table.row(i)) for i in (0, 1)] == [sympy.Rational(1, 2)] * 2
    assert [sympy.simplify(sum(table.col(i))) for i in (0, 1)] == [sympy.Rational(2, 3), sympy.Rational(1, 3)]
    # Joint entropy: concave, so smallest at an end; both ends by the limit.
    joint = -sum(t * sympy.log(t, 2) for t in table)
    assert all(sympy.diff(joint, a, 2).subs(a, sympy.Rational(i, 300)) < 0 for i in range(1, 100))
    third = [1 / 3, 2 / 3]
    for end in (0, sympy.Rational(1, 3)):
        smallest = float(sympy.limit(joint, a, end, "+" if end == 0 else "-"))
        close(1 + entropy(third) - smallest, entropy(third) / 2)
    grid = np.linspace(0, 1 / 3, 1001)
    values = mutual_information(np.moveaxis(np.array([[0.5 - grid, grid], [1 / 6 + grid, 1 / 3 - grid]]), -1, 0))
    close(values.max(), entropy(third) / 2)


def exact_conditional(table):
    """Return H(X|Z) - H(X|Y,Z), by entropies of margins."""
    h = {axes: exact_entropy(margin(table, *axes)) for axes in [(0, 2), (2,), (0, 1, 2), (1, 2)]}
    return (h[0, 2] - h[2,]) - (h[0, 1, 2] - h[1, 2])


def mean_over_z(counts):
    """Return the mean over z of the mutual information of the table at z, by the library."""
    weights = counts.sum(axis=(0, 1)) / counts.sum()
    return sum(w * mutual_information(shares(counts[:, :, z])) for z, w in enumerate(weights) if w)


@pytest.mark.parametrize("counts", CUBES)
def test_eq_mi_conditional(counts):
    close(mean_over_z(counts), exact_conditional(cells(counts)))


@pytest.mark.parametrize("counts", CUBES)
def test_eq_mi_chain(counts):
    together = mutual_information(shares(counts).reshape(len(counts), -1))
    with_z = exact_mutual_information(margin(cells(counts), 0, 2))
    close(together, with_z + mean_over_z(counts))


@pytest.mark.parametrize("counts", CUBES)
def test_eq_mi_interaction(counts):
    # Right by the library; left by the entropies of all seven margins, in which the three variables are alike.
    signs = {(0,): 1, (1,): 1, (2,): 1, (0, 1): -1, (0, 2): -1, (1, 2): -1, (0, 1, 2): 1}
    seven = sum(sign * exact_entropy(margin(cells(counts), *axes)) for axes, sign in signs.items())
    for order in [(0, 1, 2), (0, 2, 1), (1, 2, 0)]:
        turned = counts.transpose(order)
        close(mutual_information(shares(turned.sum(axis=2))) - mean_over_z(turned), seven)


def test_the_interaction_of_xor_is_minus_one():
    xor = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]]])
    close(mutual_information(shares(xor.sum(axis=2))) - mean_over_z(xor), -1)


def chains(number=300):
    generator = np.random.default_rng(5)
    for _ in range(number):
        x, y, z = generator.integers(2, 5, size=3)
        first = generator.dirichlet(np.full(x * y, 0.3)).reshape(x, y)
        yield first, generator.dirichlet(np.full(z, 0.3), size=y)


def test_eq_mi_data_processing():
    for first, step in chains():
        assert mutual_information(first @ step) < mutual_information(first)
    # Equality for a step that can be undone, and the loss of all for one that forgets.
    for first, _ in chains(20):
        undone = np.eye(first.shape[1])[::-1]
        close(mutual_information(first @ undone), mutual_information(first))
        close(mutual_information(first @ np.full((first.shape[1], 2), 0.5)), 0)


def test_eq_mi_two_orders():
    for first, step in chains(50):
        cube = first[:, :, None] * step
        x_y, x_z = mutual_information(cube.sum(axis=2)), mutual_information(cube.sum(axis=1))
        together = mutual_information(cube.reshape(len(cube), -1))
        given_y, given_z = mean_over_z(cube.transpose(0, 2, 1)), mean_over_z(cube)
        close(given_y, 0)
        close(x_y + given_y, together)
        close(x_z + given_z, together)
        assert given_z > 0


def mean_plug_in_entropy(p, n):
    """Return the exact mean of the plug-in entropy: each count is binomial."""
    terms = (math.comb(n, c) * float(q) ** c * (1 - float(q)) ** (n - c) * -(c / n) * math.log2(c / n) for q in p for c in range(1, n + 1))
    return math.fsum(terms)


def test_eq_entropy_plugin_bias():
    # What the formula leaves out is of second order: it falls by four when n doubles.
    for p in ([0.5, 0.5], [0.7, 0.2, 0.1], np.full(6, 1 / 6)):
        rest = [mean_plug_in_entropy(p, n) - entropy(p) + (len(p) - 1) / (2 * n * math.log(2)) for n in (250, 500, 1000)]
        assert all(3.7 < a / b < 4.3 for a, b in zip(rest, rest[1:])), rest


@pytest.mark.parametrize(
    "joint",
    [
        np.outer([0.5, 0.3, 0.2], [0.6, 0.4]),  # independent: too high
        np.array([[0.3, 0.1, 0.1], [0.1, 0.1, 0.3]]),  # dependent, all pairs possible: too high
        np.array([[0.3, 0, 0], [0, 0.3, 0.4]]),  # X a function of Y: too low
    ],
)
def test_eq_mi_plugin_bias(joint):
    p_x, p_y, p_xy = joint.sum(axis=1), joint.sum(axis=0), joint[joint > 0]
    k = len(p_xy) - len(p_x) - len(p_y) + 1
    rest = []
    for n in (250, 500, 1000):
        mean = mean_plug_in_entropy(p_x, n) + mean_plug_in_entropy(p_y, n) - mean_plug_in_entropy(p_xy, n)
        bias = mean - mutual_information(joint)
        assert np.sign(bias) == np.sign(k) and bias == pytest.approx(k / (2 * n * math.log(2)), rel=0.05, abs=0)
        rest.append(bias - k / (2 * n * math.log(2)))
    assert all(3.5 < a / b < 4.5 for a, b in zip(rest, rest[1:])), rest


def test_the_exact_mean_of_the_plug_in_agrees_with_samples():
    # The exact mean above against samples, with their standard error.
    joint, n = np.outer([0.5, 0.3, 0.2], [0.6, 0.4]), 200
    samples = np.random.default_rng(6).multinomial(n, joint.ravel(), size=20_000).reshape(-1, 3, 2) / n
    estimates = mutual_information(samples)
    error = estimates.std() / math.sqrt(len(estimates))
    parts = (joint.sum(axis=1), joint.sum(axis=0), joint.ravel())
    exact = sum(sign * mean_plug_in_entropy(p, n) for sign, p in zip((1, 1, -1), parts))
    assert abs(estimates.mean() - exact) < 4 * error < 0.3 * exact
