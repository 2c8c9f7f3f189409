"""A job's log holds prints, child processes and tracebacks; the terminal gets one line."""

import os
import subprocess
import sys
import textwrap

import pytest

from singmap.runtime import logs
from singmap.runtime.errors import InputError


def run(code: str, tmp_path, root):
    program = "import os\nfrom singmap.runtime.logs import captured, tell_user\n" + textwrap.dedent(code)
    command = [sys.executable, "-c", program]
    environment = os.environ | {"LOG": str(tmp_path / "job.log")}
    return subprocess.run(command, cwd=root, capture_output=True, text=True, env=environment)


def test_everything_reaches_the_log_and_progress_also_the_terminal(tmp_path, root):
    done = run(
        """
        with captured(os.environ["LOG"]):
            print("printed")
            os.system("echo child")
            os.write(2, b"raw\\n")
            tell_user("[train] 1/2 epochs")
        print("after")
        """,
        tmp_path,
        root,
    )
    log = (tmp_path / "job.log").read_text()
    assert all(word in log for word in ("printed", "child", "raw", "[train] 1/2 epochs"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "after\n", "[train] 1/2 epochs\n")


def test_failure_leaves_the_traceback_in_the_log_and_one_line_on_the_terminal(tmp_path, root):
    done = run(
        """
        from singmap.runtime.errors import InputError
        with captured(os.environ["LOG"]):
            raise InputError("a.wav", "two channels", "one", "mix it to stereo")
        """,
        tmp_path,
        root,
    )
    log = (tmp_path / "job.log").read_text()
    assert done.returncode == 1
    assert "Traceback" in log
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("Error: a.wav: expected two channels, found one; mix it to stereo (log: ")
    assert done.stderr.count("\n") == 1


def test_unforeseen_errors_are_shown_with_their_kind(tmp_path, root):
    done = run("with captured(os.environ['LOG']):\n    1 / 0", tmp_path, root)
    assert done.stderr.startswith("Error: ZeroDivisionError: division by zero")


def test_a_log_on_a_full_disk_hides_nothing_from_the_terminal(root):
    """/dev/full takes no byte."""
    code = """
    from singmap.runtime.errors import InputError
    with captured("/dev/full"):
        tell_user("[train] 1/2 epochs")
        raise InputError("a.npy", "room on the disk", "none left", "free some")
    """
    program = "from singmap.runtime.logs import captured, tell_user\n" + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert done.returncode != 0
    assert "[train] 1/2 epochs\nError: a.npy: expected room on the disk, found none left" in done.stderr


@pytest.fixture
def as_a_job(monkeypatch):
    """Let this process print to descriptors 1 and 2 as a job does, started by no Snakemake."""

    def begin():
        monkeypatch.setattr(logs, "end_with_parent", lambda: None)
        for name, descriptor in (("stdout", 1), ("stderr", 2)):
            stream = open(descriptor, "w", closefd=False)  # noqa: SIM115 (the test's end puts the old one back)
            monkeypatch.setattr(sys, name, stream)

    return begin


def test_capture_begins_a_new_log_in_a_new_folder_and_ends_with_the_block(tmp_path, capfd, as_a_job):
    as_a_job()
    for text in ("old", "new"):
        with logs.captured(tmp_path / "logs" / "job.log"):
            print(text)
            os.write(2, b"raw\n")
            logs.tell_user("told")
        print("after", flush=True)
    assert (tmp_path / "logs" / "job.log").read_text().splitlines() == ["raw", "told", "new"]
    logs.tell_user("later")
    assert capfd.readouterr() == ("after\nafter\n", "told\ntold\nlater\n")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("a.wav", "two channels", "one"), "Error: a.wav: expected two channels, found one (log: "),
        (KeyError("x"), "Error: KeyError: 'x' (log: "),
    ],
)
def test_an_error_ends_the_job_with_status_1_and_one_line(tmp_path, capfd, as_a_job, error, line):
    as_a_job()
    with pytest.raises(SystemExit) as ended, logs.captured(tmp_path / "job.log"):
        raise error
    assert (ended.value.code, ended.value.__cause__) == (1, error)
    told = capfd.readouterr().err
    assert told.startswith(line)
    assert told.count("\n") == 1
    assert "Traceback" in (tmp_path / "job.log").read_text()


def test_a_closed_terminal_ends_no_job(monkeypatch, capsys):
    reading, writing = os.pipe()
    os.close(reading)
    monkeypatch.setattr(logs, "_terminal_fd", writing)
    logs.tell_user("told to nobody")
    os.close(writing)
    logs.tell_user("told to nobody, through a descriptor that is gone")
    assert capsys.readouterr().err.count("told to nobody") == 2


def test_what_is_told_cannot_forge_a_line(capsys):
    logs.tell_user("kept: a\x1b[2Jb\n[train] 9/9 epochs\r[train] done")
    assert capsys.readouterr().err == "kept: a\\x1b[2Jb\n  [train] 9/9 epochs\\r[train] done\n"


def test_several_problems_follow_the_errors_first_line(tmp_path, capfd, as_a_job):
    as_a_job()
    with pytest.raises(SystemExit), logs.captured(tmp_path / "job.log"):
        raise InputError("here", "good tracks", "2 bad:", problems=["one", "two\nthree"])
    told = capfd.readouterr().err
    log = tmp_path / "job.log"
    assert told == f"Error: here: expected good tracks, found 2 bad: (log: {log})\n  one\n  two\\nthree\n"
