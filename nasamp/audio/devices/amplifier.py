"""A tube amplifier with memory: bias and supply voltage depend on how hard it was played before."""

import numpy as np
from scipy import signal  # type: ignore[import-untyped]

from nasamp.audio.devices.circuit import OVERSAMPLING, Signal, high_pass, low_pass, lowered, raised

# A 12AX7 with its plate resistor
MU, EXPONENT, KG1, KP, KVB = 100.0, 1.4, 1060.0, 600.0, 300.0  # Koren 1996
SUPPLY_VOLT, PLATE_OHM = 300.0, 100e3
GRID_VOLT = np.linspace(-6, 3, 4001)  # grid of the table
FIRST_BIAS_VOLT, SECOND_BIAS_VOLT = -1.5, -1.3

# Between the stages
INPUT_GAIN, COUPLING_GAIN, POWER_GAIN = 3.0, 0.11, 0.02
CONDUCTION_VOLT, CONDUCTION_RANGE_VOLT = -0.2, 0.35  # the grid draws current above the first, limited to the range

# What changes slowly
BLOCK = 32  # samples, 0.7 ms: the slow states move once per block, and linearly within the next one
BIAS_ATTACK_SECONDS, BIAS_RELEASE_SECONDS, BIAS_GAIN, BIAS_MOST_VOLT = 0.045, 0.12, 6.0, 2.5
SAG_SECONDS, SAG_GAIN, SAG_MOST = 0.18, 0.55, 0.6

# The speaker
CABINET_SECONDS = 0.025
CABINET_HERTZ = (0, 60, 90, 120, 400, 900, 1800, 2600, 3600, 5000, 7000, 9000, 22_050)
CABINET_DB = (-40, -12, 0, 3, -2, -4, 0, 4, 3, -9, -26, -40, -70)


def tube(dry: Signal, sample_rate: int) -> Signal:
    """Return the dry signal, 1 = 3 V at the first grid, through a tube amplifier and its speaker; no delay is added.

    Two 12AX7 stages (``plate_voltage``), coupled by first-order filters at 25 Hz and 6 kHz, a push-pull power stage
    p -> (1 - s) tanh(p / (1 - s)), and a cabinet. Two slow states make it the hardest device:

    - the bias: grid current of the second stage charges the coupling capacitor, which shifts the operating point by up
      to 2.5 V; time constants are 45 ms to charge and 120 ms to discharge;
    - the sag s of the supply, up to 0.6, which follows the mean power with a time constant of 180 ms.

    Sources: the triode is Koren's; grid conduction and sag are the simplest rules with the time constants of usual
    components, after Pakarinen & Yeh, "A review of digital techniques for modeling vacuum-tube guitar amplifiers",
    Computer Music Journal 33(2), 2009; levels are chosen by hand.
    """
    rate = OVERSAMPLING * sample_rate
    first = _stage(INPUT_GAIN * raised(dry) + FIRST_BIAS_VOLT, FIRST_BIAS_VOLT)
    driven = COUPLING_GAIN * high_pass(low_pass(first, 6000, rate), 25, rate)
    wave = lowered(high_pass(low_pass(_slow_stages(driven, sample_rate), 8000, rate), 40, rate))
    return np.asarray(0.4 * signal.oaconvolve(wave, cabinet(sample_rate))[: len(wave)])


def plate_current(plate_volt: Signal, grid_volt: Signal) -> Signal:
    """Return the plate current of a 12AX7 in A.

    Koren, "Improved vacuum tube models for SPICE simulations", Glass Audio 8(5), 1996:

        E = V_p / k_P ln(1 + exp(k_P (1/mu + V_g / sqrt(k_VB + V_p^2)))),  I = 2 E^1.4 / k_G1
    """
    inner = KP * (1 / MU + grid_volt / np.sqrt(KVB + plate_volt**2))
    return np.asarray(2 * (plate_volt / KP * np.logaddexp(0, inner)) ** EXPONENT / KG1)


def plate_voltage(grid_volt: Signal) -> Signal:
    """Return the plate voltage with a load of 100 kOhm to 300 V, by bisection."""
    low, high = np.zeros_like(grid_volt), np.full_like(grid_volt, SUPPLY_VOLT)
    for _ in range(60):
        middle = (low + high) / 2
        is_above = middle + PLATE_OHM * plate_current(middle, grid_volt) > SUPPLY_VOLT
        low, high = np.where(is_above, low, middle), np.where(is_above, middle, high)
    return np.asarray((low + high) / 2)


PLATE_VOLT = plate_voltage(GRID_VOLT)


def cabinet(sample_rate: int) -> Signal:
    """Return the impulse response of an invented speaker: typical magnitude with fixed random ripple, minimum phase."""
    grid = np.linspace(0, sample_rate / 2, 513)
    decibel = np.interp(grid, CABINET_HERTZ, CABINET_DB)
    roughness = np.hanning(9) / np.hanning(9).sum()
    decibel += np.convolve(3 * np.random.default_rng(7).standard_normal(len(grid)), roughness, "same")
    taps = 2 * int(sample_rate * CABINET_SECONDS) + 1
    linear = signal.firwin2(taps, grid / (sample_rate / 2), 10 ** (decibel / 10), window="hann")  # squared: see below
    response = signal.minimum_phase(linear, method="homomorphic")  # takes the root of the magnitude
    return np.asarray(0.5 * response / np.sqrt(np.sum(response**2)))


def _stage(grid_volt: Signal, bias_volt: float) -> Signal:
    """Return the plate voltage relative to its quiescent value, in V, inverted."""
    swing = np.interp(grid_volt, GRID_VOLT, PLATE_VOLT)
    return np.asarray(np.interp(bias_volt, GRID_VOLT, PLATE_VOLT) - swing)


def _slow_stages(driven: Signal, sample_rate: int) -> Signal:
    """Return the power stage's output, -1..1, for the voltage at the second grid; both oversampled."""
    samples = BLOCK * OVERSAMPLING
    blocks = -(-len(driven) // samples)
    waves = np.pad(driven, (0, blocks * samples - len(driven))).reshape(blocks, samples)
    charge, discharge, follow = (
        1 - np.exp(-BLOCK / sample_rate / seconds)
        for seconds in (BIAS_ATTACK_SECONDS, BIAS_RELEASE_SECONDS, SAG_SECONDS)
    )
    along = np.linspace(0, 1, samples)
    bias = sag = bias_before = sag_before = 0.0
    for wave in waves:  # in place: the output overwrites the input
        grid = wave + SECOND_BIAS_VOLT - (bias_before + (bias - bias_before) * along)
        headroom = 1 - (sag_before + (sag - sag_before) * along)
        bias_before, sag_before = bias, sag
        excess = np.maximum(grid - CONDUCTION_VOLT, 0.0)
        held = np.minimum(grid, CONDUCTION_VOLT) + CONDUCTION_RANGE_VOLT * np.tanh(excess / CONDUCTION_RANGE_VOLT)
        wave[:] = headroom * np.tanh(POWER_GAIN * _stage(held, SECOND_BIAS_VOLT) / headroom)
        target = min(BIAS_GAIN * float(excess.mean()), BIAS_MOST_VOLT)
        bias += (charge if target > bias else discharge) * (target - bias)
        sag += follow * (min(SAG_GAIN * float(np.mean(wave**2)), SAG_MOST) - sag)
    return waves.reshape(-1)[: len(driven)]
