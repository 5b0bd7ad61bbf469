"""Resistor, capacitor and diodes in parallel: the clipping feedback path of distortion pedals."""

from dataclasses import dataclass

import numpy as np

from nasamp.audio.devices.circuit import Signal

SATURATION_AMPERE, THERMAL_VOLT = 2.52e-9, 0.04535  # 1N4148: I_s, and emission coefficient 1.752 x kT/q
TOLERANCE_VOLT = 1e-7  # of a Newton step; convergence is quadratic, so the remaining error is below 1e-13 V
CHUNK_SECONDS = 0.02


@dataclass(frozen=True)
class Clipper:
    """One resistor, one capacitor, and diodes in both directions, all in parallel.

    ``forward`` and ``backward`` count the diodes in series that conduct for a positive and a negative voltage.
    """

    ohm: float
    farad: float
    forward: int = 1
    backward: int = 1

    @property
    def warm_up_seconds(self) -> float:
        """Return the time after which the past no longer matters: 1e-13 is left after 30 R C, less with the diodes."""
        return max(0.003, 30 * self.ohm * self.farad)

    def voltage(self, current: Signal, sample_rate: int, *, chunk_seconds: float = CHUNK_SECONDS) -> Signal:
        """Return the voltage V [V] across the network for a ``current`` i [A].

            C dV/dt = i - V/R - I_s (exp(V / p n V_T) - exp(-V / q n V_T))

        with p diodes forward and q backward, by the trapezoidal rule. Since the memory is short, all chunks are solved
        at once, each after a warm-up on the samples before it; a single chunk gives the same up to rounding.
        """
        chunk, warm_up = round(chunk_seconds * sample_rate), round(self.warm_up_seconds * sample_rate)
        chunks = -(-len(current) // chunk)
        padded = np.zeros(warm_up + chunks * chunk)
        padded[warm_up : warm_up + len(current)] = current
        windows = np.lib.stride_tricks.sliding_window_view(padded, warm_up + chunk)[::chunk]
        solved = self._trapezoidal(np.ascontiguousarray(windows.T), sample_rate)[warm_up:]
        return solved.T.reshape(-1)[: len(current)]

    def _trapezoidal(self, current: Signal, sample_rate: int) -> Signal:
        """Return the voltage for currents of shape (samples, chunks), starting from a discharged capacitor."""
        capacitor = 2 * self.farad * sample_rate  # its conductance under the trapezoidal rule, in siemens
        voltage = np.zeros(current.shape[1])
        stored = np.zeros_like(voltage)  # current from the capacitor's past
        solved = np.empty_like(current)
        for sample, now in enumerate(current):
            voltage = self._newton(now + stored, capacitor + 1 / self.ohm, voltage)
            stored = 2 * capacitor * voltage - stored
            solved[sample] = voltage
        return solved

    def _newton(self, current: Signal, conductance: float, guess: Signal) -> Signal:
        """Return the voltage at which conductance and diodes together carry the current, by Newton's method."""
        longest = 2 * max(self.forward, self.backward) * THERMAL_VOLT  # an exponential overshoots beyond 2 e-foldings
        voltage = guess
        for _ in range(50):
            forward = np.exp(voltage / (self.forward * THERMAL_VOLT))  # diodes in series share the voltage
            backward = 1 / forward ** (self.forward / self.backward)
            excess = conductance * voltage + SATURATION_AMPERE * (forward - backward) - current
            each = forward / self.forward + backward / self.backward
            step = excess / (conductance + SATURATION_AMPERE / THERMAL_VOLT * each)
            step = np.clip(step, -longest, longest)
            voltage = voltage - step
            if np.abs(step).max() < TOLERANCE_VOLT:
                break
        return voltage
