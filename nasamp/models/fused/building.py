"""The C++ of this folder as a library: compiled when first needed, by the first compiler found, and kept for the user.

Many jobs may start at once: one compiles and the others wait for it. Where a lock means nothing, as on some network
disks, each compiles under a name of its own and renames, so that none reads half a file.
"""

import hashlib
import logging
import platform
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import platformdirs
from filelock import FileLock

from nasamp.atomic import replacing
from nasamp.errors import ConfigError

log = logging.getLogger(__name__)

COMPILERS = ("c++", "g++", "clang++")
HOW_TO_GET_ONE = "install g++ or clang++, or: pip install 'nasamp[compiler]'"
_FOLDER = Path(__file__).parent
_ENDINGS = {"Windows": ".dll", "Darwin": ".dylib"}


class NoLibrary(ConfigError):
    """The library can be neither found nor made; the message says why, and what to do."""


def library(flags: tuple[str, ...] = ()) -> Path:
    """Return the file of the library for this machine, compiled if it is not there yet.

    Args:
        flags: for the compiler, after ours; the last of two that contradict each other holds.

    Raises:
        NoLibrary: without a compiler, or where none can compile it.
    """
    flags = (*own_flags(), *flags)
    path = platformdirs.user_cache_path("nasamp") / "fused" / f"{_key(flags)}{_ENDINGS.get(platform.system(), '.so')}"
    if not path.exists():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(path.with_suffix(".lock")):
                if not path.exists():
                    _compile(path, flags)
        except OSError as error:
            raise NoLibrary(f"the compiled step cannot be kept: {error}") from None
    return path


def compilers() -> list[list[str]]:
    """Return the commands that may compile C++ here, the preferred one first."""
    static = ["-static"] if platform.system() == "Windows" else []  # MinGW's own libraries are on no search path
    found = [[path, *static] for path in map(shutil.which, COMPILERS) if path]
    if find_spec("ziglang"):  # Clang as a package of Python, also for Windows
        found.append([sys.executable, "-m", "ziglang", "c++"])
    return found


def own_flags() -> tuple[str, ...]:
    """Return the flags for this machine."""
    flags = ["-std=c++17", "-O3", "-ffp-contract=fast", "-shared", "-fPIC", "-pthread", "-s"]
    if platform.machine().lower() in ("x86_64", "amd64"):
        flags.append("-march=native")  # elsewhere the plain target has the vectors that are used
    return tuple(flags)


def _key(flags: tuple[str, ...]) -> str:
    sources = [path.read_bytes() for path in sorted([*_FOLDER.glob("*.cpp"), *_FOLDER.glob("*.h")])]
    return hashlib.sha256(b"\0".join([*sources, " ".join(flags).encode(), _cpu().encode()])).hexdigest()[:16]


def _cpu() -> str:
    """Return what names the CPU and its instructions: a home folder may be shared by different machines."""
    described = Path("/proc/cpuinfo")
    if not described.exists():
        return f"{platform.machine()} {platform.processor()}"
    lines = dict.fromkeys(described.read_text("utf-8", errors="replace").splitlines())
    words = ("model name", "flags", "Features", "CPU implementer", "CPU part")
    return "\n".join([platform.machine(), *(line for line in lines if line.startswith(words))])


def _compile(path: Path, flags: tuple[str, ...]) -> None:
    reasons = []
    for compiler in compilers():
        try:
            with replacing(path) as draft:
                command = [*compiler, *flags, str(_FOLDER / "fused.cpp"), "-o", str(draft)]
                subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
        except subprocess.CalledProcessError as error:
            lines = [line for line in error.stderr.splitlines() if "error" in line] or [f"code {error.returncode}"]
            reasons.append(f"{' '.join(compiler)}: {lines[0].strip()}")
            continue
        except OSError:
            if not path.exists():  # else another job was faster, and Windows replaces no library that is in use
                raise
        log.info("compiled %s with %s", path, " ".join(compiler))
        return
    if reasons:
        raise NoLibrary(f"the fast step cannot be compiled here: {'; '.join(reasons)}")
    raise NoLibrary(f"the fast step needs a C++ compiler, and there is none; {HOW_TO_GET_ONE}")
