"""How many jobs run at a time on a machine, by its cores and memory."""

from dataclasses import replace

import pytest
from recipes import recipe

from nasamp.architecture import kept_per_sample, stack
from nasamp.search.jobs import memory
from nasamp.search.jobs.memory import Machine

RECIPE = recipe()
RATE = 44_100
THREE_MINUTES = 180 * RATE


def job_bytes(layers, channels, field=511, samples=THREE_MINUTES, judged=15 * RATE, *, recipe=RECIPE, **how):
    kept = kept_per_sample(stack(layers, channels, 3))
    return memory.job_bytes(kept, field, recipe, samples, judged, **how)


@pytest.mark.parametrize(("free_gigabytes", "jobs"), [(64, 4), (7, 3), (4.1, 2), (1, 1)])
def test_one_job_per_core_as_far_as_the_memory_goes_and_at_least_one(free_gigabytes, jobs):
    assert Machine(4, free_gigabytes * 1e9).jobs(2e9) == jobs


@pytest.mark.parametrize(
    ("layers", "channels", "receptive_field", "measured_megabytes"),
    [
        (3, 4, 15, 642),
        (8, 16, 511, 735),
        (8, 24, 511, 823),
        (8, 32, 511, 765),
        (10, 20, 2047, 762),
        (10, 48, 4093, 813),
    ],
)
def test_the_memory_of_a_job_is_what_was_measured_or_somewhat_more(
    layers, channels, receptive_field, measured_megabytes
):
    assert measured_megabytes <= job_bytes(layers, channels, receptive_field) / 1e6 <= 1.6 * measured_megabytes


def test_the_memory_estimate_holds_for_a_recording_of_twenty_minutes():
    assert 1246 <= job_bytes(8, 16, samples=1200 * RATE) / 1e6 <= 1.6 * 1246


def test_what_a_step_keeps_is_bounded_as_the_step_bounds_it():
    activations = 4 * RECIPE.batch_size * RECIPE.segment_samples * 8 * 200
    assert job_bytes(8, 200) < activations < job_bytes(8, 200, is_bounded=False)


def test_a_longer_recording_and_a_larger_batch_take_more():
    assert job_bytes(8, 16, samples=10 * THREE_MINUTES) > job_bytes(8, 16)
    assert job_bytes(8, 16, judged=60 * RATE) > job_bytes(8, 16)
    assert job_bytes(8, 16, recipe=replace(RECIPE, batch_size=60)) > job_bytes(8, 16)


def test_this_machine_has_cores_and_memory():
    here = memory.of_this_machine()
    assert here.cores >= 1 and here.free_bytes > 1e8
