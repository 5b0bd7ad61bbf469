"""What the formulas say of one model, under the names of the tables' columns."""

from nasamp import architecture
from nasamp.schema import Model


def columns(model: Model, sample_rate: int) -> dict[str, int | float]:
    """Return sizes and costs of an architecture at a sample rate in Hz."""
    field = architecture.receptive_field(model.layers, model.kernel_size, model.dilation_base)
    return {
        "layers": model.layers,
        "channels": model.channels,
        "kernel_size": model.kernel_size,
        "dilation_base": model.dilation_base,
        "parameters": architecture.parameters(model.layers, model.channels, model.kernel_size),
        "macs_per_sample": architecture.macs_per_sample(model.layers, model.channels, model.kernel_size),
        "tanh_per_sample": architecture.tanh_per_sample(model.layers, model.channels),
        "state_bytes": architecture.state_bytes(model.channels, field),
        "nam_bytes": architecture.nam_bytes(model.layers, model.channels, model.kernel_size),
        "receptive_field": field,
        "latency_ms": architecture.latency_ms(field, sample_rate),
    }
