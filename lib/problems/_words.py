"""Numbers and tables as they stand in a question, and ways to draw the numbers."""

import numpy as np

SKIES = ("sun", "cloud", "rain", "snow")


def probabilities(rng, k, *, parts=20):
    """Draw k positive multiples of 1/parts that sum to 1."""
    cuts = np.sort(rng.choice(np.arange(1, parts), k - 1, replace=False))
    return [round(int(n) / parts, 6) for n in np.diff([0, *cuts, parts])]


def pick(rng, *values):
    """Draw one of the values, as a plain number of Python."""
    return values[int(rng.integers(len(values)))]


def hundredths(rng, low, high):
    """Draw a multiple of 0.01 from low to high, both included."""
    return round(int(rng.integers(round(100 * low), round(100 * high) + 1)) / 100, 2)


def tenths(rng, low, high):
    """Draw a multiple of 0.1 from low to high, both included."""
    return round(int(rng.integers(round(10 * low), round(10 * high) + 1)) / 10, 1)


def plain(x):
    """Write a number that was drawn, all of its digits and no more."""
    return f"{x:.10g}"


def shown(x, digits=4):
    """Write a number that was computed."""
    text = f"{float(x):.{digits}f}"
    return text[1:] if set(text) <= set("-0.") and text.startswith("-") else text


def listed(values):
    """Write (0.1, 0.25, 0.65)."""
    return "(" + ", ".join(map(plain, values)) + ")"


def sum_of(terms):
    """Write a sum, with terms that begin with a minus joined to it."""
    return " + ".join(terms).replace("+ -", "- ")


def products(factors, values):
    """Write 3 · 0.25 + 2 · 0.5 as TeX; what is given as text stays as it is."""
    return sum_of(rf"{plain(a)} \cdot {b}" for a, b in zip(factors, values, strict=True))


def weighted(weights, values):
    """Write 0.5 · 1.0000 + 0.25 · 2.0000 as TeX."""
    return products(weights, map(shown, values))


def table(rows, *, corner, row_names, column_names):
    """Write a table of numbers in Markdown."""
    lines = [f"| {corner} | " + " | ".join(column_names) + " |", "| --- |" + " ---: |" * len(column_names)]
    lines += [f"| **{name}** | " + " | ".join(map(plain, row)) + " |" for name, row in zip(row_names, rows, strict=True)]
    return "\n".join(lines)


def joint_table(joint):
    """Write a joint distribution, X along the rows and Y along the columns."""
    columns = [f"$Y = {number}$" for number in range(1, len(joint[0]) + 1)]
    return table(joint, corner="$p(x, y)$", row_names=[f"$X = {number}$" for number in range(1, len(joint) + 1)], column_names=columns)


def two_laws(p, q, *, names=("$P$", "$Q$"), outcomes="abcdef"):
    """Write two distributions over the same outcomes as a table."""
    return table([p, q], corner="outcome", row_names=names, column_names=list(outcomes[: len(p)]))
