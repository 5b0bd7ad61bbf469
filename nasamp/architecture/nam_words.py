"""Layer arrays in the words of a .nam's ``config.layers``: written, and read in every spelling of NAM's engine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NoReturn

from nasamp.architecture.description import (
    ACTIVATIONS,
    SIGMOID,
    Activation,
    Head,
    Layer,
    LayerArray,
    Residual,
    activation,
)

_FIXED = {  # what a network of the family has one value of, and no other can be described
    "input_size": None,  # follows from the array before
    "condition_size": 1,
    "groups_input": 1,
    "groups_input_mixin": 1,
    "slimmable": None,
}
_SWITCHED = ("head1x1", *(f"{place}_film" for place in (
    "conv_pre", "conv_post", "input_mixin_pre", "input_mixin_post",
    "activation_pre", "activation_post", "layer1x1_post", "head1x1_post",
)))  # fmt: skip
_KNOWN = {
    *("channels", "bottleneck", "kernel_size", "kernel_sizes", "dilations", "activation", "gating_mode", "gated"),
    *("secondary_activation", "layer1x1", "head", "head_size", "head_bias", *_FIXED, *_SWITCHED),
}
_OF_THE_ENGINE = ("PReLU", "LeakyHardtanh")  # activations that no network of the family has
LARGEST = 4096  # channels, kernel size, layers of an array
FARTHEST = 2**24  # samples of a dilation; no other number of a description is larger


class UnsupportedError(ValueError):
    """The words describe no network of the family, or are no words of NAM's; the text says which."""


class OtherNetworkError(UnsupportedError):
    """The words describe a network that NAM's engine plays, but that is none of the family."""


def layer_array(
    words: Mapping[str, Any], *, residual: Residual = "dense", mixin: bool = True, takes_input: bool = False
) -> LayerArray:
    """Return the array that a description in NAM's words means.

    Args:
        words: keys of one object of ``config.layers``.
        residual: where the words have no ``layer1x1``.
        mixin: whether each layer has one; NAM's always have.
        takes_input: whether the input convolution has a bias, and begins the skip sum; NAM's do not.

    Raises:
        UnsupportedError: names the key that is wrong, or that no network of the family has.
    """
    if unknown := sorted(set(words) - _KNOWN):
        _refuse(unknown[0], "is not supported")
    for key, only in _FIXED.items():
        if only is not None and words.get(key, only) != only:
            _other(key, f"{_whole(words, key, LARGEST)} is not supported, only {only}")
    if words.get("slimmable") is not None:
        _other("slimmable", "is not supported")
    for key in _SWITCHED:
        if isinstance(words.get(key), Mapping) and words[key].get("active", True):
            _other(key, "is not supported")
    channels = _whole(words, "channels", LARGEST)
    bottleneck = channels if words.get("bottleneck") is None else _whole(words, "bottleneck", LARGEST)
    return LayerArray(
        channels,
        bottleneck,
        tuple(_layers(words)),
        _residual(words, channels, residual),
        mixin,
        _head(words),
        input_bias=takes_input,
        head_takes_input=takes_input,
    )


def in_nams_words(array: LayerArray, inputs: int) -> dict[str, Any]:
    """Return the description of an array in NAM's words, of which ``layer_array`` makes it again.

    An identity residual, for which NAM has no words, is left out.

    Args:
        array: any.
        inputs: channels of its input.
    """
    layers = array.layers
    residual = {"layer1x1": {"active": True, "groups": array.channels if array.residual == "scale" else 1}}
    return {
        "input_size": inputs,
        "condition_size": 1,
        "channels": array.channels,
        "bottleneck": array.bottleneck,
        "head": asdict(array.head),
        "kernel_sizes": [layer.kernel_size for layer in layers],
        "dilations": [layer.dilation for layer in layers],
        "activation": [_activation_in_words(layer.activation) for layer in layers],
        "gating_mode": [layer.gating for layer in layers],
        "secondary_activation": [_activation_in_words(layer.secondary_activation) for layer in layers],
        **(residual if array.residual != "identity" else {}),
        "head1x1": {"active": False, "out_channels": array.channels, "groups": 1},
        "groups_input": 1,
        "groups_input_mixin": 1,
    }


def _activation_in_words(activation: Activation | None) -> Any:
    if activation is None or activation.negative_slope is None:
        return activation and activation.name
    return {"type": activation.name, "negative_slope": activation.negative_slope}


def _layers(words: Mapping[str, Any]) -> Iterator[Layer]:
    dilations = words.get("dilations")
    if not isinstance(dilations, Sequence) or isinstance(dilations, str) or not 1 <= len(dilations) <= LARGEST:
        _refuse("dilations", "must be a list of whole numbers")
    count = len(dilations)
    if ("kernel_size" in words) == ("kernel_sizes" in words):
        _refuse("kernel_size", "must be given, or kernel_sizes, one a layer, and not both")
    kernels = _each(words, "kernel_sizes" if "kernel_sizes" in words else "kernel_size", count)
    activations = [_activation(each) for each in _each(words, "activation", count)]
    gated = "gated" if words.get("gated") is True else "none"
    modes = _each({"gating_mode": gated, **words}, "gating_mode", count)
    seconds = _each({"secondary_activation": None, **words}, "secondary_activation", count)
    for i, (kernel, dilation, mode) in enumerate(zip(kernels, dilations, modes, strict=True)):
        if mode not in ("none", "gated", "blended"):
            _refuse("gating_mode", f"{mode} must be none, gated or blended")
        _whole({"kernel_size": kernel}, "kernel_size", LARGEST)
        _whole({"dilations": dilation}, "dilations", FARTHEST)
        second = None if mode == "none" else SIGMOID if seconds[i] in (None, "") else _activation(seconds[i])
        yield Layer(kernel, dilation, activations[i], mode, second)


def _residual(words: Mapping[str, Any], channels: int, default: Residual) -> Residual:
    held = words.get("layer1x1")
    if held is None:
        return default
    if not isinstance(held, Mapping) or type(held.get("active", True)) is not bool:
        _refuse("layer1x1", "must be an object of active and groups")
    if held.get("active") is False:
        _other("layer1x1", "that is not active is not supported")
    groups = _whole({"groups": 1, **held}, "groups", LARGEST)
    if groups not in (1, channels):
        _other("layer1x1.groups", f"{groups} is not supported, only 1 and as many as channels")
    return "dense" if groups == 1 else "scale"


def _head(words: Mapping[str, Any]) -> Head:
    held = words.get("head")
    if held is None:
        size = 1 if words.get("head_size") is None else _whole(words, "head_size", LARGEST)
        return Head(size, 1, bool(words.get("head_bias", True)))
    if not isinstance(held, Mapping):
        _refuse("head", "must be an object of out_channels, kernel_size and bias")
    if held.get("head_dilation", 1) != 1:
        _refuse("head.head_dilation", "is not supported")
    sizes = {"out_channels": 1, "kernel_size": 1, **held}
    outputs, kernel_size = _whole(sizes, "out_channels", LARGEST), _whole(sizes, "kernel_size", LARGEST)
    return Head(outputs, kernel_size, bool(sizes.get("bias", True)))


def _activation(words: Any) -> Activation:
    if isinstance(words, Mapping):
        name, slope = words.get("type"), words.get("negative_slope")
        extra = set(words) - {"type", "negative_slope"}
    else:
        name, slope, extra = words, None, set[str]()
    if name in _OF_THE_ENGINE:
        _other("activation", f"{name} is not supported")
    if extra or not isinstance(name, str) or name not in ACTIVATIONS:
        _refuse("activation", f"{name} is not supported; there are: {', '.join(ACTIVATIONS)}")
    usual = activation(name)
    if slope is None or usual.negative_slope is None:
        return usual
    if isinstance(slope, bool) or not isinstance(slope, int | float) or not abs(slope) <= LARGEST:
        _refuse("activation", f"negative_slope {slope} must be a number")
    return Activation(name, float(slope))


def _each(words: Mapping[str, Any], key: str, count: int) -> list[Any]:
    """Return one value a layer: a list as it is, anything else for all of them."""
    value = words.get(key)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return [value] * count
    if len(value) != count:
        _refuse(key, f"has {len(value)} values for {count} dilations")
    return list(value)


def _whole(words: Mapping[str, Any], key: str, highest: int) -> int:
    value = words.get(key)
    if type(value) is not int or not 1 <= value <= highest:
        _refuse(key, f"must be a whole number from 1 to {highest:,}")
    return value


def _refuse(key: str, why: str) -> NoReturn:
    raise UnsupportedError(f"{key}: {why}")


def _other(key: str, why: str) -> NoReturn:
    raise OtherNetworkError(f"{key}: {why}")
