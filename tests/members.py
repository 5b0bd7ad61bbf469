"""Members of the family of networks that NAM's engine plays: its own presets, and random ones."""

import dataclasses
import random

from hypothesis import strategies as st

from nasamp.architecture import Activation, Architecture, Head, Layer, LayerArray, activation

ACTIVATIONS = ["Tanh", "Hardtanh", "ReLU", "LeakyReLU", "Sigmoid", "SiLU", "Hardswish", "Softsign"]
_TEN, _SEVEN = [2**i for i in range(10)], [2**i for i in range(7)]
_CYCLE = [1, 3, 7, 17, 41, 101, 239]


def a1(first: int, second: int, dilations: tuple[list[int], list[int]]) -> Architecture:
    """Return one of the two-array networks of NAM's first generation, of these widths."""
    heads = (Head(second, 1, bias=False), Head())
    arrays = [
        LayerArray(width, width, tuple(Layer(3, each) for each in steps), "dense", True, head, False, False)
        for width, steps, head in zip((first, second), dilations, heads, strict=True)
    ]
    return Architecture(tuple(arrays), head_scale=0.02)


def a2(channels: int) -> Architecture:
    """Return the network of NAM's second generation of this width."""
    leaky = Activation("LeakyReLU", 0.01)
    kernels = [*[6] * 14, 15, 15, *[6] * 7]
    dilations = [*_CYCLE, *_CYCLE, 1, 13, *_CYCLE]
    layers = tuple(Layer(*shape, leaky) for shape in zip(kernels, dilations, strict=True))
    array = LayerArray(channels, channels, layers, "dense", True, Head(1, 16), False, False)
    return Architecture((array,), head_scale=0.01)


_LATER = (_SEVEN, [128, 256, 512, *_TEN])
PRESETS = {
    "a1_standard": a1(16, 8, (_TEN, _TEN)),
    "a1_lite": a1(12, 6, _LATER),
    "a1_feather": a1(8, 4, _LATER),
    "a1_nano": a1(4, 2, _LATER),
    "a2_full": a2(8),
    "a2_lite": a2(3),
}


@st.composite
def architectures(draw: st.DrawFn) -> Architecture:
    """Return a random member: one or two arrays, any gating, residual, mixin, head and bottleneck that fit together."""
    arrays: list[LayerArray] = []
    for _ in range(draw(st.integers(1, 2))):
        inside = arrays[-1].head.out_channels if arrays else draw(st.integers(1, 4))
        residual = draw(st.sampled_from(["identity", "scale", "dense"]))
        channels = draw(st.integers(1, 4)) if residual == "dense" and not arrays else inside
        mixin, layers = draw(st.booleans()), draw(st.integers(1, 4))
        head = Head(draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.booleans()))
        takes_input = channels == inside and draw(st.booleans())
        made = tuple(draw(_layers()) for _ in range(layers))
        arrays.append(LayerArray(channels, inside, made, residual, mixin, head, draw(st.booleans()), takes_input))
    last = arrays[-1]
    arrays[-1] = LayerArray(**{**vars(last), "head": Head(1, last.head.kernel_size, last.head.bias)})
    return Architecture(tuple(arrays), head_scale=draw(st.sampled_from([1.0, 0.02])))


@st.composite
def _layers(draw: st.DrawFn) -> Layer:
    activation = draw(st.sampled_from([Activation("Tanh"), Activation("LeakyReLU", 0.01), Activation("Softsign")]))
    gating = draw(st.sampled_from(["none", "gated", "blended"]))
    second = None if gating == "none" else Activation("Sigmoid")
    return Layer(draw(st.integers(1, 4)), draw(st.integers(1, 5)), activation, gating, second)


def exportable(seed: int) -> Architecture:
    """Return a random member that NAM's engine has a form of: nothing but the first array takes the input itself."""
    draw = random.Random(seed)  # noqa: S311
    arrays: list[LayerArray] = []
    for place in range(draw.choice([1, 1, 2])):
        inside = arrays[-1].head.out_channels if arrays else draw.choice([1, 2, 3, 4, 6, 8])
        residual = draw.choice(["identity", "scale", "dense"])
        channels = draw.choice([1, 2, 4, 5]) if residual == "dense" and not arrays and draw.random() < 0.3 else inside
        takes_input = place == 0 and channels == inside and draw.random() < 0.5
        gating = draw.choice(["none", "none", "gated", "blended"])
        second = None if gating == "none" else Activation("Sigmoid")
        layers = [
            Layer(
                draw.randint(1, 6),
                draw.choice([1, 2, 3, 7, 16, 41]),
                activation(draw.choice(ACTIVATIONS)),
                gating,
                second,
            )
            for _ in range(draw.randint(1, 8))
        ]
        head = Head(draw.choice([1, 2, 4]), draw.choice([1, 1, 4, 16]), draw.random() < 0.7)
        arrays.append(LayerArray(channels, inside, tuple(layers), residual, True, head, takes_input, takes_input))
    arrays[-1] = dataclasses.replace(arrays[-1], head=dataclasses.replace(arrays[-1].head, out_channels=1))
    return Architecture(tuple(arrays), head_scale=draw.choice([1.0, 0.02]))
