"""The largest memory of a process, for the benchmarks that print it."""

from pathlib import Path


def peak_mb() -> float:
    """Largest resident memory of this process so far; `ru_maxrss` would count its parent's when it forked."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024
