import hashlib

import numpy as np
import pytest

from lib import data


def test_letters_are_counted_by_a_second_route():
    text = data.english_text()
    counts = data.letter_counts(text)
    lower = [c for c in text.lower() if "a" <= c <= "z"]
    assert counts.sum() == len(lower)
    assert counts[4] == sum(c == "e" for c in lower)
    assert data.letter_distribution(text).sum() == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize("language", ["en", "fr", "es", "pt_BR", "tr"])
def test_a_language_has_enough_text_to_count(language):
    assert data.letter_counts(data.translated_text(language)).sum() > 10_000


def test_the_english_messages_are_those_of_which_the_french_are_translations():
    english, french = data.translated_text("en"), data.translated_text("fr")
    assert english.count(" the ") > french.count(" the ")
    assert french.count(" les ") > english.count(" les ")


def test_a_language_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="`language` must be one that Sphinx ships; it is 'xx'"):
        data.translated_text("xx")


def test_images_have_the_stated_shapes_and_ranges():
    images, labels = data.digits()
    assert (images.min(), images.max()) == (0, 16)
    assert np.bincount(labels).size == 10
    scan = data.mri_slice()
    assert scan.min() == 0
    assert len(np.unique(scan)) > 100


def test_the_parts_of_the_digits_have_no_image_in_common():
    images, labels = data.digits()
    parts = data.digit_split(rng=np.random.default_rng(5))
    assert [x.shape for x, _ in parts] == [(1297, 64), (200, 64), (300, 64)]
    together = np.vstack([np.column_stack(part) for part in parts])
    everything = np.column_stack([images.reshape(-1, 64), labels])
    assert sorted(map(tuple, together)) == sorted(map(tuple, everything))
    assert not np.array_equal(parts[0][0], data.digit_split(rng=np.random.default_rng(6))[0][0])


def test_words_are_runs_of_letters():
    text = data.english_text()
    lengths = data.word_lengths(text)
    assert lengths.sum() == data.letter_counts(text).sum()
    runs = "".join(c if "a" <= c <= "z" else " " for c in text.lower()).split()
    assert lengths.tolist() == [len(run) for run in runs]
    assert data.word_lengths("?!").shape == (0,)


def test_the_body_mass_index_is_in_its_own_unit():
    bmi = data.body_mass_index()
    assert bmi.shape == (442,)
    assert (bmi.min(), bmi.max()) == (18.0, 42.2)
    assert (bmi == bmi.round(1)).all()


def test_nothing_is_fetched(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a loader opened a socket")

    monkeypatch.setattr("socket.socket.connect", refuse)
    data.english_text(), data.translated_text("fr"), data.digits(), data.mri_slice(), data.iris()


def test_irises_are_measured_to_the_millimetre():
    lengths, species = data.iris()
    assert lengths.shape == (150, 4)
    assert np.bincount(species).tolist() == [50, 50, 50]
    assert np.abs(lengths * 10 - np.round(lengths * 10)).max() < 1e-12
    assert lengths[species == 0, 2].max() < lengths[species == 1, 2].min()  # setosa's petals are shorter than all others


def test_the_patients_of_the_diabetes_study_have_the_stated_shapes_and_ranges():
    patients, progress = data.diabetes()
    assert patients.shape == (442, 10)
    assert np.unique(patients[:, 1]).tolist() == [1, 2]
    assert (progress.shape, progress.min(), progress.max()) == ((442,), 25, 346)
    assert np.corrcoef(patients[:, 2], progress)[0, 1] == pytest.approx(0.586, abs=0.001)  # body mass index
    data.english_text(), data.translated_text("fr"), data.digits(), data.mri_slice(), data.documentation_prose("scipy")


def test_the_prose_is_that_of_the_pinned_versions():
    # The same on Linux, macOS and Windows, for Python 3.11 to 3.13. If a pin moves, so may these; look at the text, then set them anew.
    for package, size, digest in (("scipy", 145_925, "b75792e85f6e4126"), ("sklearn", 90_418, "54a49e70e8a7a15d")):
        text = data.documentation_prose(package)
        assert len(text) == size
        assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest


def test_the_prose_is_plain_and_has_no_paragraph_twice():
    for package in ("scipy", "sklearn"):
        text = data.documentation_prose(package)
        paragraphs = text.split("\n")
        assert text.isascii()
        assert len(set(paragraphs)) == len(paragraphs) > 400
        assert min(map(len, paragraphs)) >= 100
        assert not set(text) & set("=>|{}_`*<\\[]%~^#@$+/&")
        assert 0.05 < text.split().count("the") / len(text.split()) < 0.1  # English


def test_prose_of_another_package_is_refused():
    with pytest.raises(ValueError, match="`package` must be 'scipy' or 'sklearn'; it is 'numpy'"):
        data.documentation_prose("numpy")
    data.body_mass_index()


def test_the_breast_cancer_data_are_those_of_the_description():
    measurements, diagnosis = data.breast_cancer()
    assert measurements.shape == (569, 30)
    assert (diagnosis == 0).sum() == 212
    radius = measurements[:, 0]
    assert radius[diagnosis == 0].mean() > radius[diagnosis == 1].mean() + 4
