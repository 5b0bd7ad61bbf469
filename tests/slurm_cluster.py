"""A real Slurm of one node, started by hand from Debian's slurm-wlm and munge, without accounting."""

import os
import platform
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from string import Template

CONF = Template("""\
ClusterName=nasamp
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
SlurmctldPort=$controller
SlurmdPort=$daemon
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SchedulerParameters=sched_interval=2,batch_sched_delay=0
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
KillWait=5
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
""")


def missing() -> str:
    """Return why no Slurm can be started here; empty where one can."""
    if os.name != "posix" or os.geteuid() != 0:
        return "starting a Slurm needs root"
    absent = [program for program in ("slurmctld", "slurmd", "munged") if not shutil.which(program)]
    return f"{', '.join(absent)}: not installed; apt-get install slurm-wlm munge" if absent else ""


@contextmanager
def running(folder: Path) -> Iterator[Path]:
    """Yield the slurm.conf of a cluster that takes jobs while the block runs."""
    (folder / "state").mkdir(parents=True)
    host, conf = platform.node().partition(".")[0], folder / "slurm.conf"
    controller, daemon = _free_ports(2)
    conf.write_text(CONF.substitute(host=host, folder=folder, controller=controller, daemon=daemon))
    environment = os.environ | {"SLURM_CONF": str(conf)}
    with _munge(folder):
        try:
            for program in ("slurmctld", "slurmd"):
                subprocess.run([program], env=environment, check=True)
            _until(lambda: "idle" in _output(["sinfo", "--noheader"], environment), "the node is not idle")
            yield conf
        finally:
            cancel_all(environment)
            subprocess.run(["scontrol", "shutdown"], env=environment, check=False)
            _until(lambda: not list(folder.glob("slurm*.pid")), "Slurm does not stop")


def cancel_all(environment: Mapping[str, str] = os.environ) -> None:
    """End all tasks, and wait until they have ended."""
    subprocess.run(["scancel", "--me"], env=environment, check=True)
    _until(lambda: not _output(["squeue", "--me", "--noheader"], environment), "tasks do not end")


@contextmanager
def _munge(folder: Path) -> Iterator[None]:
    """Run a daemon of the cluster's own, by which Slurm knows its users: the machine's may end before the cluster."""
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o400)
    files = [f"--{kind}-file={folder}/munge.{kind}" for kind in ("key", "pid", "log", "seed")]
    command = ["munged", "--force", f"--socket={folder}/munge.socket", *files]
    subprocess.run(command, check=True)
    try:
        yield
    finally:
        subprocess.run([*command, "--stop"], check=True)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _output(command: list[str], environment: Mapping[str, str]) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout


def _until(is_so, otherwise: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.2)
