"""What a job does to the process that it runs in."""

import weakref

from nasamp.training.process import free_previous_job


def test_a_job_begins_without_what_the_last_one_left():
    class Trainer:
        """Holds itself, as Lightning's objects hold each other."""

        def __init__(self):
            self.itself = self

    for _ in range(2):
        left = weakref.ref(Trainer())
        free_previous_job()
        assert left() is None
