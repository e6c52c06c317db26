"""Commands of the cloud's own tools: printed, and run unless it is a dry run.

What a dry run prints is a shell script: a command whose output later ones need is printed as an assignment.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable

from deploy.settings import DeployError

_REFERENCE = re.compile(r"\$\{[A-Z_]+(?:%/dags)?\}")


class Shell:
    """Runs commands, each printed first.

    Args:
        dry_run: print only.
        say: where lines are printed.
    """

    def __init__(self, *, dry_run: bool, say: Callable[[str], None] = print) -> None:
        self.dry_run = dry_run
        self.say = say

    def run(self, *command: str) -> None:
        """Run a command; its output goes to the terminal.

        Raises:
            DeployError: the command is missing or has failed.
        """
        self.say(_line(command))
        if not self.dry_run:
            _finished(command, capture=False)

    def read(self, *command: str, name: str, stdin: str = "") -> str:
        """Standard output of a command; in a dry run a reference to the variable `name`."""
        line = _line(command)
        self.say(f"{name}=$({f'printf %s {_quoted(stdin)} | ' if stdin and self.dry_run else ''}{line})")
        return f"${{{name}}}" if self.dry_run else _finished(command, capture=True, stdin=stdin).strip()


def _finished(command: tuple[str, ...], *, capture: bool, stdin: str = "") -> str:
    stdout = subprocess.PIPE if capture else None
    try:
        done = subprocess.run(command, stdout=stdout, input=stdin or None, text=True, check=True)  # noqa: S603
    except FileNotFoundError as error:
        raise DeployError(f"{command[0]} is missing: install the Google Cloud CLI, then run this again.") from error
    except subprocess.CalledProcessError as error:
        raise DeployError(f"This failed with exit code {error.returncode}: {_line(command)}") from error
    return done.stdout or ""


def _line(command: tuple[str, ...]) -> str:
    return " ".join(map(_quoted, command))


def _quoted(argument: str) -> str:
    # References must expand, everything else must not.
    if not _REFERENCE.search(argument):
        return shlex.quote(argument)
    escaped = re.sub(r'(["\\`]|\$(?!\{))', r"\\\1", argument)
    return f'"{escaped}"'
