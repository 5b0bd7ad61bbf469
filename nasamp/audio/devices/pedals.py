"""Three pedals: a soft clipper without memory, an asymmetric clipper, and two clipping stages in series."""

import numpy as np

from nasamp.audio.devices.circuit import OVERSAMPLING, Signal, corner_hertz, high_pass, low_pass, lowered, raised
from nasamp.audio.devices.clipper import Clipper

# Screamer
GROUND_OHM, GROUND_FARAD = 4.7e3, 47e-9  # from the inverting input to ground: highs above 720 Hz are amplified
SCREAMER = Clipper(ohm=51e3 + 250e3, farad=51e-12, forward=2, backward=1)  # the drive knob, 500 kOhm, at half

# Muff
MUFF = Clipper(ohm=470e3, farad=470e-12)
SUSTAIN, SECOND_GAIN = 40.0, 15.0  # of the two stages, with what lies before each
BASS_OHM, BASS_FARAD = 39e3, 10e-9  # 408 Hz
TREBLE_OHM, TREBLE_FARAD = 27e3, 4.7e-9  # 1254 Hz


def overdrive(dry: Signal, sample_rate: int) -> Signal:
    """Return the dry signal x, 1 = 1 V, through a soft clipper between two filters; no delay is added.

    A generic overdrive, not a circuit with components:

        y = low-pass_3200 Hz( 0.45 tanh(6 high-pass_320 Hz(x) + 0.4 x) )

    Both filters are first-order, and the curve is symmetric and memoryless: the easiest of the devices.
    """
    rate, wave = OVERSAMPLING * sample_rate, raised(dry)
    clipped = 0.45 * np.tanh(6.0 * high_pass(wave, 320, rate) + 0.4 * wave)
    return lowered(low_pass(clipped, 3200, rate))


def screamer(dry: Signal, sample_rate: int) -> Signal:
    """Return the dry signal, 1 = 1 V, through an overdrive like the Ibanez Tube Screamer; no delay is added.

    A non-inverting op-amp: the current through 4.7 kOhm and 47 nF to ground also flows through the feedback path, where
    ``Clipper`` gives the voltage that is added to the input. So the gain rises above 720 Hz, and only the added voltage
    is clipped. Two diodes in series one way and one the other, as in the Boss SD-1, make even harmonics; a tone stage
    attenuates above 723 Hz. Component values and equation: Yeh, Abel & Smith, "Simplified,
    physically-informed models of distortion and overdrive guitar effects pedals", DAFx 2007.
    """
    rate = OVERSAMPLING * sample_rate
    pin = high_pass(raised(dry), 16, rate)
    current = high_pass(pin, corner_hertz(GROUND_OHM, GROUND_FARAD), rate) / GROUND_OHM
    clipped = pin + SCREAMER.voltage(current, rate)
    toned = 0.8 * low_pass(clipped, 723, rate) + 0.35 * high_pass(clipped, 1500, rate)
    return np.asarray(0.6 * lowered(high_pass(toned, 20, rate)))


def muff(dry: Signal, sample_rate: int) -> Signal:
    """Return the dry signal, 1 = 1 V, through a fuzz like the Electro-Harmonix Big Muff; no delay is added.

    Two stages, each a transistor with 470 kOhm, 470 pF and two antiparallel diodes from collector to base, so that
    ``Clipper`` gives its output for the current g v / 470 kOhm. The transistor is an ideal inverting amplifier, and g
    the gain before the diodes conduct: 40 (input booster, sustain and first stage) and 15. Both signs cancel. The tone
    control at its middle adds a low-pass (39 kOhm, 10 nF) and a high-pass (27 kOhm, 4.7 nF), which leaves a notch near
    700 Hz. Component values: those of the early versions, figure 1 in J. L., "A case study:
    re-engineering the Big Muff", 2014; gains and levels are chosen by hand.
    """
    rate = OVERSAMPLING * sample_rate
    wave = high_pass(raised(dry), 80, rate)
    for gain in (SUSTAIN, SECOND_GAIN):
        wave = MUFF.voltage(high_pass(wave, 90, rate) * gain / MUFF.ohm, rate)
    bass = low_pass(wave, corner_hertz(BASS_OHM, BASS_FARAD), rate)
    treble = high_pass(wave, corner_hertz(TREBLE_OHM, TREBLE_FARAD), rate)
    return np.asarray(0.8 * lowered(high_pass(0.55 * bass + 0.75 * treble, 30, rate)))
