"""Built-in devices that a search can model: three pedals and an amplifier, as exact simulations without a licence.

Each takes the dry signal, 1 = 1 V, and its sample rate in Hz, and returns as many samples, without delay.
"""

from collections.abc import Callable

from nasamp.audio.devices.amplifier import tube
from nasamp.audio.devices.circuit import Signal
from nasamp.audio.devices.pedals import muff, overdrive, screamer

Device = Callable[[Signal, int], Signal]

DEVICES: dict[str, Device] = {"overdrive": overdrive, "screamer": screamer, "muff": muff, "tube": tube}
