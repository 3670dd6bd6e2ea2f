"""Real data that ships inside installed packages: nothing is fetched.

What is returned depends on the versions of these packages alone, which
``requirements-book.txt`` pins.
"""

import gettext
import gzip
import re
import string
from importlib import resources

import numpy as np

from lib.counts import normalize

LETTERS = string.ascii_lowercase


def english_text():
    """Return about 43 kB of English prose: the descriptions of scikit-learn's data sets.

    Returns
    -------
    str
        The text, in the order of the files' names. Licence: BSD 3-Clause.

    Examples
    --------
    >>> len(english_text()) > 20_000
    True
    """
    folder = resources.files("sklearn.datasets.descr")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".rst")), key=lambda f: f.name)
    return "\n".join(f.read_text(encoding="utf-8") for f in files)


def translated_text(language):
    """Return text in another language: Sphinx's messages, as translated by its users.

    Parameters
    ----------
    language : str
        A code of which Sphinx holds much text: "fr", "es", "pt_BR", "tr" or "pl";
        "en" gives the originals of the French messages.

    Returns
    -------
    str
        The messages, one a line. Licence: BSD 2-Clause.

    Raises
    ------
    ValueError
        If Sphinx ships no messages in that language.

    Examples
    --------
    >>> len(translated_text("fr")) > 20_000
    True
    """
    catalogue = resources.files("sphinx").joinpath("locale", "fr" if language == "en" else language, "LC_MESSAGES", "sphinx.mo")
    if not catalogue.is_file():
        raise ValueError(f"`language` must be one that Sphinx ships; it is {language!r}")
    with catalogue.open("rb") as file:
        messages = gettext.GNUTranslations(file)._catalog
    pairs = sorted((key, text) for key, text in messages.items() if key and isinstance(key, str))
    return "\n".join(key if language == "en" else text for key, text in pairs)


def letter_counts(text):
    """Count the 26 letters of the English alphabet in a text, capitals included.

    Parameters
    ----------
    text : str
        Any text; all but the letters a to z is left out.

    Returns
    -------
    ndarray of int, shape (26,)
        How often each of `LETTERS` occurs.

    Examples
    --------
    >>> int(letter_counts("Abba")[0])
    2
    """
    text = text.lower()
    return np.array([text.count(letter) for letter in LETTERS])


def letter_distribution(text):
    """Return the shares of the letters a to z in a text.

    Parameters
    ----------
    text : str
        Any text with at least one of the letters.

    Returns
    -------
    ndarray, shape (26,)
        Probabilities (no unit) in the order of `LETTERS`.

    Raises
    ------
    ValueError
        If the text holds none of the letters.

    Examples
    --------
    >>> float(letter_distribution("Abba")[0])
    0.5
    """
    return normalize(letter_counts(text))


def digits():
    """Return the handwritten digits of scikit-learn.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Images of shape (1797, 8, 8), integers from 0 to 16 (grey levels), and
        labels of shape (1797,), integers from 0 to 9. Source: UCI, Alpaydin and
        Kaynak 1998, CC BY 4.0.

    Examples
    --------
    >>> images, labels = digits()
    >>> images.shape, int(images.max())
    ((1797, 8, 8), 16)
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return bunch.images.astype(int), bunch.target.astype(int)


def mri_slice():
    """Return a slice of a head in magnetic resonance: matplotlib's sample.

    Returns
    -------
    ndarray of int, shape (256, 256)
        Intensities from 0 to 215, stored as 16-bit big-endian. Licence: that of matplotlib.

    Examples
    --------
    >>> mri_slice().shape
    (256, 256)
    """
    path = resources.files("matplotlib").joinpath("mpl-data", "sample_data", "s1045.ima.gz")
    with path.open("rb") as file:
        raw = gzip.decompress(file.read())
    return np.frombuffer(raw, dtype=">u2").reshape(256, 256).astype(int)


def word_lengths(text):
    """Return the lengths of the words of a text, in their order.

    Parameters
    ----------
    text : str
        A word is a run of the letters a to z, capitals included; all else separates.

    Returns
    -------
    ndarray of int, shape (number of words,)
        How many letters each word has, from 1 up.

    Examples
    --------
    >>> word_lengths("To be, or not to be")
    array([2, 2, 2, 3, 2, 2])
    """
    return np.array([len(word) for word in re.findall("[a-z]+", text.lower())], dtype=int)


def body_mass_index():
    """Return the body mass index of the 442 patients of scikit-learn's diabetes data.

    Returns
    -------
    ndarray of float, shape (442,)
        Kilograms per square metre, rounded to tenths, in the order of the file.
        Source: Efron, Hastie, Johnstone and Tibshirani 2004.

    Examples
    --------
    >>> body_mass_index()[:3]
    array([32.1, 21.6, 30.5])
    """
    from sklearn.datasets import load_diabetes

    return load_diabetes(scaled=False).data[:, 2]
