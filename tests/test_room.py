"""How many jobs at a time a machine is trusted with."""

from dataclasses import replace

import pytest
from recipes import recipe

from nasamp.models.fused import function
from nasamp.search import room
from nasamp.search.room import Room

RECIPE = recipe()
THREE_MINUTES = 180 * 44_100


@pytest.mark.parametrize(("free_gigabytes", "jobs"), [(64, 4), (7, 3), (4.1, 2), (1, 1)])
def test_one_job_per_core_as_far_as_the_memory_goes_and_at_least_one(free_gigabytes, jobs):
    assert Room(4, free_gigabytes * 1e9).jobs(2e9) == jobs


@pytest.mark.parametrize(
    ("layers", "channels", "receptive_field", "measured_megabytes"),
    [
        (3, 4, 15, 633),
        (8, 16, 511, 846),
        (8, 24, 511, 924),
        (8, 32, 511, 1025),
        (10, 20, 2047, 843),
        (10, 48, 4093, 943),
    ],
)
def test_the_memory_of_a_job_is_what_was_measured_or_somewhat_more(
    layers, channels, receptive_field, measured_megabytes
):
    costs = {"layers": layers, "channels": channels, "receptive_field": receptive_field}
    assert measured_megabytes <= room.job_bytes(costs, RECIPE, THREE_MINUTES) / 1e6 <= 1.6 * measured_megabytes


def test_what_a_step_keeps_is_bounded_as_the_step_bounds_it():
    assert room.KEPT_BYTES == function.KEPT_BYTES
    small, wide = ({"layers": 8, "channels": channels, "receptive_field": 511} for channels in (40, 400))
    assert room.job_bytes(small, RECIPE, THREE_MINUTES) == room.job_bytes(wide, RECIPE, THREE_MINUTES)


def test_a_longer_recording_and_a_larger_batch_take_more():
    costs = {"layers": 8, "channels": 16, "receptive_field": 511}
    usual = room.job_bytes(costs, RECIPE, THREE_MINUTES)
    assert room.job_bytes(costs, RECIPE, 10 * THREE_MINUTES) > usual
    assert room.job_bytes(costs, replace(RECIPE, batch_size=60), THREE_MINUTES) > usual


def test_this_machine_has_cores_and_memory():
    here = room.of_this_machine()
    assert here.cores >= 1 and here.free_bytes > 1e8
