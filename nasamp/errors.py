"""The exceptions of nasamp; an app prints the message and exits with the class's code.

NasampError           2, a mistake of the user
    ConfigError       2, a wrong key, value or command
    AudioError        2, a recording that cannot be read or trained on
    ExportError       2, a model that a file format cannot hold
    JobError          2, one job gave no result (the search continues)
    NothingUsable     1, nothing gave a result
    SomeJobsFailed    3, some jobs failed, the others are fine
    Warned            4, finished with warnings
"""


class NasampError(Exception):
    """Base class; the message says where, what was found, what is allowed, what to type."""

    exit_code = 2
    word = "error"


class ConfigError(NasampError):
    """A wrong key, value or command."""


class AudioError(NasampError):
    """A recording that cannot be read or trained on."""


class ExportError(NasampError):
    """A model that a file format cannot hold."""


class JobError(NasampError):
    """One job gave no result."""


class NothingUsable(NasampError):
    """No job, or no run, gave a result."""

    exit_code = 1


class SomeJobsFailed(NasampError):
    """Some jobs gave no result; the others are fine."""

    exit_code = 3


class Warned(NasampError):
    """Finished, but with warnings about problems that may affect later results."""

    exit_code = 4
    word = "warning"
