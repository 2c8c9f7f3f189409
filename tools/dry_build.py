"""Carry out envs/Dockerfile without a container engine, and run a command in what it made.

    python tools/dry_build.py [--mount PLACE] [--built] [--checkout FOLDER] IMAGE [COMMAND ...]

For root, with debootstrap; IMAGE is a folder that takes 3 GB. For the base image stands Debian's own base
with its Python in /usr/local, of the releases in that one's name. Each step runs by chroot among mounts of
its own, which end with it. `--mount` shows a place of this machine to the steps that install, read-only:
certificates, say, or pip's settings.

The command, by default the image's, runs as an engine would run it: as process 1 of a user without a name, on
a file system that is read-only but for /tmp and the checkout, which is mounted where the image works. That
user must be allowed to write the checkout's `results` and `.snakemake`, and nothing else there.
"""

import argparse
import json
import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from singmap.runtime.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = "envs/Dockerfile"
BASE = re.compile(r"python:(?P<python>\d\.\d+)-slim-(?P<debian>\w+)")
PATH = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"
AS_ROOT, NAMELESS = "0:0", "12345:12345"
ALONE = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation=private", "sh", "-ec"]
SYSTEM = [
    'mount --bind "$root" "$root"',
    'mount -t proc proc "$root/proc"',
    'mount --bind -o ro /sys "$root/sys"',
]
SCRATCH = [
    'mount -t tmpfs tmpfs "$root/tmp"',
    'mount -t tmpfs -o size=64m tmpfs "$root/dev/shm"',
]  # Docker's 64 MB


@dataclass
class Image:
    """What an engine keeps of an image: its files, and what its processes are started with."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": PATH, "LANG": "C.UTF-8"})
    folder: str = "/"
    command: list[str] = field(default_factory=list)

    def path(self, place: str | Path) -> Path:
        """Where a place of the image lies on this machine."""
        return self.root / str(place).removeprefix("/")


def read_steps(text: str) -> list[tuple[str, str]]:
    """Instructions of a Dockerfile with their arguments, continued lines joined."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    steps = (line.split(maxsplit=1) for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines())
    return [(instruction, argument) for instruction, argument in steps]


def build(steps: list[tuple[str, str]], image: Image, shown: list[Path], built: bool = False) -> None:
    """Carry out the steps; raises InputError at one that this script doesn't know.

    shown : places of this machine that are mounted for the steps that install
    built : the files are there; only what processes are started with is read
    """
    arguments = {"HOME": "/root"}
    for instruction, argument in steps:
        print(f"{instruction} {argument}", flush=True)
        match instruction:
            case "FROM" | "COPY" | "RUN" if built:
                continue
            case "FROM":
                install_base(argument, image)
            case "ARG":
                arguments |= dict([argument.split("=", maxsplit=1)])
            case "ENV":
                image.environment |= dict(pair.split("=", maxsplit=1) for pair in shlex.split(argument))
            case "COPY":
                source, place = shlex.split(argument)
                image.path(place).parent.mkdir(parents=True, exist_ok=True)
                image.path(place).write_bytes((ROOT / source).read_bytes())
            case "RUN":
                mounts = [mount(place, image.path(place)) for place in shown]
                inside(image, ["/bin/sh", "-c", argument], arguments | image.environment, mounts, AS_ROOT)
            case "WORKDIR":
                image.folder = argument
                image.path(argument).mkdir(parents=True, exist_ok=True)
            case "CMD":
                image.command = json.loads(argument)
            case _:
                raise InputError(DOCKERFILE, "an instruction that this script knows", instruction)


def install_base(name: str, image: Image) -> None:
    """Debian with Python in /usr/local; a Debian that is there already stays."""
    base = BASE.fullmatch(name)
    if base is None:
        raise InputError(DOCKERFILE, "a slim image of Python on Debian", name)
    python = f"python{base['python']}"
    if not image.path("/etc/debian_version").exists():
        packages = f"--include=ca-certificates,{python},{python}-venv"
        command = ["debootstrap", "--variant=minbase", packages, base["debian"], str(image.root)]
        subprocess.run(command, check=True)
    inside(image, [f"/usr/bin/{python}", "-m", "venv", "/usr/local"], image.environment, [], AS_ROOT)


def mount(place: Path, target: Path) -> str:
    """The shell's line that shows a place at a target, read-only; an empty target is made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.mkdir(exist_ok=True) if place.is_dir() else target.touch()
    return shlex.join(["mount", "--bind", "-o", "ro", str(place), str(target)])


def inside(
    image: Image, command: list[str], environment: dict[str, str], mounts: list[str], user: str
) -> None:
    """Run a command by chroot with these variables alone; `mounts` are lines of shell, the image is $root."""
    variables = [f"{name}={value}" for name, value in environment.items()]
    entered = ["env", "-i", *variables, "chroot", f"--userspec={user}", str(image.root)]
    entered += ["/usr/bin/env", f"--chdir={image.folder}", *command]
    lines = [
        f"root={shlex.quote(str(image.root))}",
        *SYSTEM,
        *SCRATCH,
        *mounts,
        f"exec {shlex.join(entered)}",
    ]
    done = subprocess.run([*ALONE, "\n".join(lines)], check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def main() -> None:
    """Build, and run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mount", type=Path, action="append", default=[], metavar="PLACE")
    parser.add_argument("--built", action="store_true", help="the image is there: only run the command")
    parser.add_argument("--checkout", type=Path, default=ROOT)
    parser.add_argument("image", type=Path)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    image = Image(options.image.resolve())
    build(read_steps((ROOT / DOCKERFILE).read_text(encoding="utf-8")), image, options.mount, options.built)
    checkout = shlex.join(["mount", "--bind", str(options.checkout.resolve()), str(image.path(image.folder))])
    mounts = [checkout, 'mount -o remount,bind,ro "$root"']
    inside(image, options.command or image.command, image.environment, mounts, NAMELESS)


if __name__ == "__main__":
    main()
