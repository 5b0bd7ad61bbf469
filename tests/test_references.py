"""The reference models against slow and closed answers."""

import numpy as np
import pytest
import soundfile
from scipy.linalg import lstsq, toeplitz
from scipy.signal import lfilter

from nasamp.audio import references
from nasamp.audio.recording import Recording
from nasamp.audio.references import linear_filter, noise_floor
from nasamp.audio.split import Split

SPLIT = Split((slice(0, 6000),), (slice(6100, 8000),), (slice(8100, 10_000),))


def noise(samples=10_000, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, samples)


def recording(dry, wet):
    return Recording("amp", dry.astype(np.float32), wet.astype(np.float32), 44_100, SPLIT)


def test_the_filter_is_that_of_least_squares():
    dry = lfilter([1], [1, -0.9], noise(300))
    wet = np.tanh(20 * dry)
    rows = toeplitz(np.concatenate([dry, np.zeros(15)]), np.zeros(16))  # column k is the input k samples late
    expected = lstsq(rows, np.concatenate([wet, np.zeros(15)]))[0]
    np.testing.assert_allclose(linear_filter(dry, wet, 16), expected, rtol=1e-6, atol=1e-7)


def test_the_linear_reference_model_is_exact_for_a_linear_amp():
    response = noise(400, 1) * 0.98 ** np.arange(400)
    dry = noise()
    dry[5000:6000] = 0  # the training part ends when the amp has rung out
    found = references.of(recording(dry, lfilter(response, [1], dry)))
    assert found["linear"]["val_esr"] < 1e-6
    assert found["linear"]["test_esr"] < 1e-6
    assert found["copy"]["val_esr"] > 0.5


def test_a_copy_may_choose_level_and_polarity_but_nothing_else():
    dry = noise()
    assert references.of(recording(dry, -3 * dry))["copy"]["test_esr"] < 1e-12
    delayed = references.of(recording(dry, np.roll(dry, 1)))
    assert delayed["copy"]["test_esr"] == pytest.approx(1, abs=0.01)
    assert delayed["linear"]["test_esr"] < 1e-6


def test_the_filter_learns_from_the_training_part_alone():
    dry, wet = noise(), noise()
    wet[SPLIT.train[0].stop :] *= -1
    assert references.of(recording(dry, wet))["copy"]["val_esr"] == pytest.approx(4)


@pytest.mark.parametrize("level", [1e-3, 1e-2])
def test_a_perfect_model_scores_the_noise_floor(level):
    clean = noise(100_000)
    takes = [clean + level * np.random.default_rng(seed).standard_normal(len(clean)) for seed in (1, 2)]
    floor = noise_floor(np.concatenate(takes), slice(0, 100_000), slice(100_000, 200_000))
    assert floor == pytest.approx(references.esr(clean, takes[0]), rel=0.02)


def test_the_noise_floor_is_listed_where_a_repeat_is_known():
    dry = noise()
    pair = recording(dry, dry)
    assert "floor" not in references.of(pair)
    floor = references.of(pair, repeat=(slice(0, 1000), slice(1000, 2000)))["floor"]
    assert floor["val_esr"] == floor["test_esr"] == pytest.approx(1, abs=0.1)


def test_on_a_real_guitar_no_solver_finds_a_better_filter(mesa):
    dry, wet = (soundfile.read(path, stop=100_000)[0][-20_000:] for path in mesa)
    rows = toeplitz(dry, np.zeros(64))
    best = np.sum((rows @ lstsq(rows, wet)[0] - wet) ** 2)
    assert np.sum((rows @ linear_filter(dry, wet, 64) - wet) ** 2) < 1.001 * best
