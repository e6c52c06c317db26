"""Reads what documents, Makefile and requirement files promise, so that tests can hold it to the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

NOT_IN_THE_IMAGE = "# not in the image"
"""In a requirements `.in` file, this comment heads the packages that the Composer image does not bring along.

They are locked for local use and installed on Composer by `requirements.txt`. The section ends at the next
comment or blank line.
"""

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`[^`\n]+`")
_MAKE = re.compile(r"\bmake\s+([a-z][a-z0-9-]*)")
_TARGET = re.compile(r"^([a-z][a-z0-9-]*):(?!=)", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.!+]+)$")
_LOCKED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]+\])?==([^\s;\\]+)", re.MULTILINE)


def markdown_files(root: Path = ROOT) -> list[Path]:
    """The documents of a checkout: those at its top and below docs/, sorted."""
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")])


def make_commands(markdown: str) -> set[str]:
    """Targets of every `make …` in a document's code, blocks and inline."""
    blocks = _FENCE.findall(markdown)
    inline = _INLINE.findall(_FENCE.sub("", markdown))
    return {target for code in [*blocks, *inline] for target in _MAKE.findall(code)}


def make_targets(makefile: str) -> set[str]:
    """Targets that a Makefile has."""
    return set(_TARGET.findall(makefile))


def broken_links(path: Path) -> list[str]:
    """Links of a document to files or headings that are not there; web addresses are left alone."""
    text = _INLINE.sub("", _FENCE.sub("", path.read_text("utf-8")))
    return [link for link in _LINK.findall(text) if not _is_web(link) and not _resolves(path, link)]


def _is_web(link: str) -> bool:
    return bool(re.match(r"[a-z][a-z0-9+.-]*:", link))


def _resolves(path: Path, link: str) -> bool:
    file, _, heading = link.partition("#")
    target = (path.parent / file) if file else path
    if not target.exists():
        return False
    return not heading or target.suffix != ".md" or heading in set(_anchors(target.read_text("utf-8")))


def _anchors(markdown: str) -> Iterator[str]:
    """Anchors that GitHub gives to headings: lower case, punctuation gone, blanks to hyphens."""
    for heading in _HEADING.findall(_FENCE.sub("", markdown)):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def canonical(name: str) -> str:
    """A package's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def lines_that_are_no_pins(requirements: str) -> list[str]:
    """Lines that Composer's requirements file may not have: anything but `name==version`, comments aside."""
    lines = (line.partition("#")[0].strip() for line in requirements.splitlines())
    return [line for line in lines if line and not _PIN.match(line)]


def pins(requirements: str) -> dict[str, str]:
    """Package -> version of every `name==version` line."""
    lines = (line.partition("#")[0].strip() for line in requirements.splitlines())
    return {canonical(pin[1]): pin[2] for line in lines if (pin := _PIN.match(line))}


def locked(lock: str) -> dict[str, str]:
    """Package -> version of every entry of a lock file."""
    return {canonical(name): version for name, version in _LOCKED.findall(lock)}


def without_hash(lock: str) -> list[str]:
    """Entries of a lock file that no hash checks."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", "\n" + lock)
    return [entry.split()[0] for entry in entries if _LOCKED.match(entry) and "--hash=sha256:" not in entry]


def not_in_the_image(requirements_in: str) -> set[str]:
    """Packages that an `.in` file names under `NOT_IN_THE_IMAGE`."""
    found: set[str] = set()
    inside = False
    for line in map(str.strip, requirements_in.splitlines()):
        if not line or line.startswith("#"):
            inside = line.lower().startswith(NOT_IN_THE_IMAGE)
        elif inside:
            found.add(canonical(re.split(r"[=<>!~\[; ]", line)[0]))
    return found


def paths_of_this_machine(text: str, folders: tuple[Path, ...] = (ROOT, Path.home())) -> list[str]:
    """Places where a text names a folder of the machine that it was written on."""
    pattern = "|".join(re.escape(str(folder)) for folder in folders if len(folder.parts) > 1)
    return re.findall(rf"(?<![\w.:/-])(?:{pattern})(?![\w-])", text) if pattern else []
