"""Every error of nasamp; an app prints the message and exits with the code.

NasampError           2, the user's mistake
    ConfigError       2, a wrong key, value or command
    AudioError        2, a recording that cannot be trained on
    ExportError       2, a model that a file format cannot hold
    JobError          2, one job gave no result (the search goes on)
    NothingUsable     1, nothing gave a result
    SomeJobsFailed    3, the others are fine
    Warned            4, all was done, and something was noticed
"""


class NasampError(Exception):
    """The root; the message says where, what was found, what is allowed, what to do."""

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
    """All was done, but what was noticed may spoil what comes next."""

    exit_code = 4
    word = "warning"
