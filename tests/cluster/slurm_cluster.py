"""A real Slurm cluster of two nodes on this machine, for the tests, that leaves no process behind.

Everything runs inside a mount and a process namespace of its own: the cluster's configuration is bound over
/etc/slurm there only (Snakemake's job step drops SLURM_CONF), and when the namespace's first process
ends, the kernel kills every daemon and job in it. That process ends with the test run, however it ends.

Needs root and Debian's packages slurm-wlm and munge.
"""

import ctypes
import os
import shutil
import signal
import socket
import string
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "unshare", "nsenter")
NODES = ("n1", "n2")
START_TIMEOUT_S = 20.0
PR_SET_PDEATHSIG = 1  # from linux/prctl.h
# The namespace's first process: it only waits and reaps what the others leave.
HOLD = "mount --bind {folder} /etc/slurm && echo ready && while :; do sleep 1; done"


class ClusterError(RuntimeError):
    """The cluster can't run here; the message says why and what to do."""


class SlurmCluster:
    """Start, use and stop the cluster; use as a context manager.

    Parameters
    ----------
    folder : an empty or new folder with a short absolute path (a socket lies in it)
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self._holder: subprocess.Popen | None = None

    def __enter__(self) -> "SlurmCluster":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exception) -> None:
        self.stop()

    def start(self) -> None:
        """Start the daemons and wait until both nodes are idle; raises ClusterError."""
        missing = [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]
        if missing:
            raise ClusterError(f"{missing} not found: apt-get install slurm-wlm munge")
        if os.geteuid() != 0:
            raise ClusterError("starting Slurm daemons needs root")
        self._write_configuration()
        self._hold_namespace()
        munge = [f"--{name}={self.folder}/{file}" for name, file in _MUNGE_FILES.items()]
        self.check("munged", "--force", "--num-threads=4", *munge)
        self.check("slurmctld")
        for node in NODES:
            self.check("slurmd", "-N", node)
        self._await_nodes()

    def stop(self) -> None:
        """Kill the namespace, and with it every process of the cluster."""
        if self._holder is None:
            return
        first = Path(f"/proc/{self._first_pid()}")
        self._holder.kill()
        self._holder.wait()
        self._holder.stdout.close()
        self._holder = None
        while first.exists():  # it goes last, after the kernel has ended all others
            time.sleep(0.01)

    def popen(self, *command: str, **options) -> subprocess.Popen:
        """Start a command on the cluster's machine in a process group of its own."""
        # The folder must be entered inside: one inherited from outside counts as another device.
        enter = ["nsenter", f"--target={self._first_pid()}", "--mount", "--pid"]
        entered = [*enter, "sh", "-c", 'cd "$0" && exec "$@"', options.pop("cwd", "/"), *command]
        environment = {**os.environ, "PATH": _path(), **options.pop("env", {})}
        return subprocess.Popen(entered, env=environment, text=True, start_new_session=True, **options)

    def run(self, *command: str, timeout_s: float = 60.0, **options) -> subprocess.CompletedProcess:
        """Run a command to its end, with its output captured; the time limit kills its process group."""
        process = self.popen(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        try:
            output, _ = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            raise AssertionError(f"{command} ran over {timeout_s} s:\n{output}") from None
        return subprocess.CompletedProcess(command, process.returncode, output)

    def check(self, *command: str, **options) -> str:
        """Return a command's output; raises ClusterError when it fails."""
        done = self.run(*command, **options)
        if done.returncode:
            raise ClusterError(
                f"{' '.join(command)} failed ({done.returncode}): {done.stdout}\n{self.logs()}"
            )
        return done.stdout

    def jobs(self, *states: str) -> list[dict[str, str]]:
        """List jobs (id, state, node, comment), by default those in the queue or lately finished."""
        wanted = ",".join(states) or "all"
        lines = self.check("squeue", "--noheader", f"--states={wanted}", "--format=%i|%T|%N|%k").splitlines()
        return [
            dict(zip(("id", "state", "node", "comment"), line.split("|", 3), strict=True)) for line in lines
        ]

    def logs(self) -> str:
        """Return the ends of the daemons' logs."""
        return "\n".join(
            f"== {path.name}\n{path.read_text(errors='replace')[-2000:]}"
            for path in sorted((self.folder / "log").glob("*.log"))
        )

    def _write_configuration(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("state", "log", *(f"spool-{node}" for node in NODES)):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o755)
        key = self.folder / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
        ports = _free_ports(3)
        names = ("controller_port", "first_port", "second_port")
        text = string.Template((HERE / "slurm.conf").read_text())
        filled = text.substitute(folder=self.folder, **dict(zip(names, ports, strict=True)))
        (self.folder / "slurm.conf").write_text(filled)
        for name in ("gres.conf", "cgroup.conf"):
            shutil.copy(HERE / name, self.folder)

    def _hold_namespace(self) -> None:
        isolate = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        Path("/etc/slurm").mkdir(exist_ok=True)
        self._holder = subprocess.Popen(
            [*isolate, "bash", "-c", HOLD.format(folder=self.folder)],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=_die_with_parent,
        )
        if self._holder.stdout.readline() != "ready\n":
            raise ClusterError(
                "could not make a namespace with the cluster's configuration: is this real root?"
            )

    def _first_pid(self) -> str:
        pid = self._holder.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0]

    def _await_nodes(self) -> None:
        query = ("sinfo", "--Node", "--noheader", "--partition=main", "--format=%t")
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.run(*query).stdout.split() == ["idle"] * len(NODES):
                self.check("srun", "-N2", "true")
                return
            time.sleep(0.1)
        raise ClusterError(f"nodes not idle after {START_TIMEOUT_S} s\n{self.logs()}")


_MUNGE_FILES = {
    "key-file": "munge.key",
    "socket": "munge.sock",
    "pid-file": "munged.pid",
    "log-file": "log/munged.log",
    "seed-file": "munged.seed",
}


def _path() -> str:
    return os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
