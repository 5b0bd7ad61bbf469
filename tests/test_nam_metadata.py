"""The metadata of a .nam: NAM's loudness and gain, the user's labels, and the training."""

from datetime import datetime

import pytest
import torch
from networks import network

from nasamp.export import nam_metadata

LABELS = dict.fromkeys((*nam_metadata.LABELS, "name"))


def test_a_straight_wire_has_the_loudness_of_nams_noise_and_no_gain():
    net = network(layers=1, channels=1, kernel_size=1)
    with torch.no_grad():
        for weights in net.parameters():
            weights.zero_()
        net.input_conv.weight += 1
        net.output_conv.weight += 1
    found = nam_metadata.loudness_and_gain(net)
    assert found["loudness"] == pytest.approx(-14.968, abs=1e-3)  # RMS of the file that NAM ships
    assert found["gain"] == pytest.approx((sum(range(11)) / 10 - 5.5) / 5.5, abs=1e-6)


def test_a_silent_network_has_no_loudness():
    net = network(layers=1, channels=1, kernel_size=1, gain=0.0)
    assert nam_metadata.loudness_and_gain(net) == {}


def test_the_metadata_hold_what_is_known_and_null_for_labels_that_were_not_given():
    training = nam_metadata.training(validation_esr=0.01, checks_passed=True, delay=None)
    labels = LABELS | {"modeled_by": "Me", "input_level_dbu": 12.2}
    now = datetime(2026, 5, 4, 3, 2, 1)
    found = nam_metadata.metadata(
        network(layers=2, channels=2, kernel_size=3), name="Amp", labels=labels, training=training, now=now
    )
    assert found["date"] == {"year": 2026, "month": 5, "day": 4, "hour": 3, "minute": 2, "second": 1}
    assert (found["name"], found["modeled_by"], found["input_level_dbu"], found["gear_type"]) == (
        "Amp",
        "Me",
        12.2,
        None,
    )
    assert found["training"]["validation_esr"] == 0.01
    assert found["training"]["data"]["latency"]["calibration"]["warnings"]["not_detected"]
