"""Built-in devices that a search can model: circuits solved sample by sample, with a known truth and no licence."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import signal  # type: ignore[import-untyped]

Signal = NDArray[np.float64]
Device = Callable[[Signal, int], Signal]  # dry signal and its sample rate to the output, same length

OVERSAMPLING = 8

# Clipping stage of the screamer
GROUND_OHM, GROUND_FARAD = 4.7e3, 47e-9  # from the inverting input to ground: highs above 720 Hz are amplified
FEEDBACK_OHM, FEEDBACK_FARAD = 51e3 + 250e3, 51e-12  # the drive knob, 500 kOhm, at half
SATURATION_AMPERE, THERMAL_VOLT = 2.52e-9, 0.04535  # 1N4148: I_s, and emission coefficient 1.752 x kT/q
LONGEST_STEP_VOLT = 4 * THERMAL_VOLT  # two e-foldings of the softer branch; an exponential overshoots beyond
TOLERANCE_VOLT = 1e-7  # of a Newton step; convergence is quadratic, so what remains is below 1e-13 V


def screamer(dry: Signal, sample_rate: int) -> Signal:
    """Return the dry signal, 1 = 1 V, through an overdrive like the Ibanez Tube Screamer; no delay is added.

    A non-inverting op-amp: its gain rises above 720 Hz, and diodes in the feedback clip what it adds to the
    input. They are two in series one way and one the other, as in the Boss SD-1, so even harmonics appear;
    a tone stage darkens above 723 Hz. Component values: Yeh, Abel & Smith, "Simplified, physically-informed
    models of distortion and overdrive guitar effects pedals", DAFx 2007.
    """
    rate = OVERSAMPLING * sample_rate  # clipping widens the spectrum; the fold-over would be no part of the device
    pin = _high_pass(signal.resample_poly(dry, OVERSAMPLING, 1, window=("kaiser", 9.0)), 16, rate)
    current = _high_pass(pin, 1 / (2 * np.pi * GROUND_OHM * GROUND_FARAD), rate) / GROUND_OHM
    clipped = pin + clipper_voltage(current, rate)
    toned = 0.8 * _low_pass(clipped, 723, rate) + 0.35 * _high_pass(clipped, 1500, rate)
    wet = signal.resample_poly(_high_pass(toned, 20, rate), 1, OVERSAMPLING, window=("kaiser", 9.0))
    return np.asarray(0.6 * wet)


def clipper_voltage(
    current: Signal, sample_rate: int, *, chunk_seconds: float = 0.02, warm_up_seconds: float = 0.003
) -> Signal:
    """Return the voltage V [V] over resistor, capacitor and diodes in parallel that carry ``current`` i [A].

        C dV/dt = i - V/R - I_s (exp(V / 2 n V_T) - exp(-V / n V_T))

    by the trapezoidal rule. The voltage forgets its past within R C = 15 us, so all chunks are solved at
    once, each after a warm-up on the samples before it; one chunk gives the same up to rounding.
    """
    chunk, warm_up = round(chunk_seconds * sample_rate), round(warm_up_seconds * sample_rate)
    chunks = -(-len(current) // chunk)
    padded = np.zeros(warm_up + chunks * chunk)
    padded[warm_up : warm_up + len(current)] = current
    windows = np.lib.stride_tricks.sliding_window_view(padded, warm_up + chunk)[::chunk]
    solved = _trapezoidal(np.ascontiguousarray(windows.T), sample_rate)[warm_up:]
    return solved.T.reshape(-1)[: len(current)]


def _trapezoidal(current: Signal, sample_rate: int) -> Signal:
    """Return the voltage for currents of shape (samples, chunks), from a discharged capacitor."""
    capacitor = 2 * FEEDBACK_FARAD * sample_rate  # its conductance under the trapezoidal rule, in siemens
    voltage = np.zeros(current.shape[1])
    stored = np.zeros_like(voltage)  # the current that its past adds
    solved = np.empty_like(current)
    for sample, now in enumerate(current):
        voltage = _newton(now + stored, capacitor + 1 / FEEDBACK_OHM, voltage)
        stored = 2 * capacitor * voltage - stored
        solved[sample] = voltage
    return solved


def _newton(current: Signal, conductance: float, guess: Signal) -> Signal:
    """Return the voltage at which conductance and diodes together carry the current."""
    voltage = guess
    for _ in range(50):
        forward = np.exp(voltage / (2 * THERMAL_VOLT))  # two diodes in series share the voltage
        backward = 1 / (forward * forward)
        excess = conductance * voltage + SATURATION_AMPERE * (forward - backward) - current
        slope = conductance + SATURATION_AMPERE / THERMAL_VOLT * (forward / 2 + backward)
        step = np.clip(excess / slope, -LONGEST_STEP_VOLT, LONGEST_STEP_VOLT)
        voltage = voltage - step
        if np.abs(step).max() < TOLERANCE_VOLT:
            break
    return voltage


def _high_pass(wave: Signal, hertz: float, sample_rate: int) -> Signal:
    return np.asarray(signal.lfilter(*signal.butter(1, hertz, "highpass", fs=sample_rate), wave))


def _low_pass(wave: Signal, hertz: float, sample_rate: int) -> Signal:
    return np.asarray(signal.lfilter(*signal.butter(1, hertz, fs=sample_rate), wave))


DEVICES: dict[str, Device] = {"screamer": screamer}
