"""The preparation of a process for a job."""

import weakref

from nasamp.training.process import free_previous_job


def test_the_memory_of_the_previous_job_is_freed():
    class Trainer:
        """Refers to itself, as Lightning's objects refer to each other."""

        def __init__(self):
            self.itself = self

    for _ in range(2):
        left = weakref.ref(Trainer())
        free_previous_job()
        assert left() is None
