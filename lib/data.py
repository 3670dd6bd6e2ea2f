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


def iris():
    """Return the measurements of 150 irises, 50 of each of three species.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Lengths of shape (150, 4) in centimetres, to the millimetre: sepal length
        and width, petal length and width; and species of shape (150,): 0 setosa,
        1 versicolor, 2 virginica. Source: Fisher 1936, measured by Anderson, in
        scikit-learn's copy.

    Examples
    --------
    >>> lengths, species = iris()
    >>> lengths.shape, float(lengths.max())
    ((150, 4), 7.9)
    """
    from sklearn.datasets import load_iris

    bunch = load_iris()
    return bunch.data, bunch.target.astype(int)


def diabetes():
    """Return the patients of the diabetes study that scikit-learn ships.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Measurements of shape (442, 10) in their own units: age, sex (1 or 2),
        body mass index, blood pressure and six blood values; and the progress
        of the disease after a year, shape (442,), from 25 to 346. Source: Efron
        et al. 2004.

    Examples
    --------
    >>> patients, progress = diabetes()
    >>> patients.shape, float(progress.max())
    ((442, 10), 346.0)
    """
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    return bunch.data.astype(float), bunch.target.astype(float)


def documentation_prose(package):
    """Return English prose out of a package's documentation: about 145 kB of SciPy's, 90 kB of scikit-learn's.

    Whole paragraphs of plain sentences, of at least 100 characters and without
    formulas, code or markup, each of them once.

    Parameters
    ----------
    package : str
        "scipy" or "sklearn".

    Returns
    -------
    str
        The paragraphs, one a line, in the order of the files' names; all of it
        ASCII. Licence of both: BSD 3-Clause.

    Raises
    ------
    ValueError
        If it is another package.

    Examples
    --------
    >>> len(documentation_prose("sklearn")) > 60_000
    True
    """
    if package not in ("scipy", "sklearn"):
        raise ValueError(f"`package` must be 'scipy' or 'sklearn'; it is {package!r}")
    texts = (file.read_text(encoding="utf-8") for file in _sources(resources.files(package)))
    strings = (string for text in texts for string in re.findall(r'"""(.*?)"""', text, re.DOTALL))
    paragraphs = (" ".join(part.split()) for string in strings for part in re.split(r"\n\s*\n", string))
    return "\n".join(dict.fromkeys(p for p in paragraphs if _PLAIN.fullmatch(p) and not _LISTED.search(p)))


_PLAIN = re.compile(r"[A-Z][A-Za-z0-9 .,;:'\"()?!-]{98,}\.")
_BUILT = {"__config__.py", "_distributor_init.py", "version.py"}  # they differ between systems
_LISTED = re.compile(r"--| : |\. \.")  # underlined titles, lists of parameters, directives


def _sources(folder):
    """Yield the Python files of a package but those written when it was built, borrowed ones and tests."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name not in ("tests", "externals", "_lib", "__pycache__"):
            yield from _sources(entry)
        elif entry.name.endswith(".py") and entry.name not in _BUILT:
            yield entry


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


def breast_cancer():
    """Return the breast cancer data of Wisconsin that scikit-learn ships.

    Returns
    -------
    tuple of (ndarray, ndarray)
        Measurements of shape (569, 30) of cell nuclei, in their own units, and
        diagnoses of shape (569,): 0 malignant, 1 benign. Source: UCI, Wolberg et al. 1995, CC BY 4.0.

    Examples
    --------
    >>> measurements, diagnosis = breast_cancer()
    >>> measurements.shape, int(diagnosis.sum())
    ((569, 30), 357)
    """
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    return bunch.data.astype(float), bunch.target.astype(int)


def digit_split(*, rng):
    """Return scikit-learn's digits as vectors, in three parts: 1,297 to train on, 200 to choose by, 300 to test on.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws the order.

    Returns
    -------
    tuple of three tuples of (ndarray, ndarray)
        Images of shape (n, 64), integers from 0 to 16, and labels of shape (n,),
        integers from 0 to 9; the parts have no image in common.

    Examples
    --------
    >>> (train, labels), _, test = digit_split(rng=np.random.default_rng(0))
    >>> train.shape, labels.shape, len(test[0])
    ((1297, 64), (1297,), 300)
    """
    images, labels = digits()
    order = np.split(rng.permutation(len(images)), [1297, 1497])
    return tuple((images[part].reshape(-1, 64), labels[part]) for part in order)
