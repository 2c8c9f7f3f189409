"""A job's log holds prints, child processes and tracebacks; the terminal gets one line."""

import os
import subprocess
import sys
import textwrap


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
