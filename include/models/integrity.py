"""Whether model files are those that a training run wrote: checked before any of them is parsed."""

from __future__ import annotations

import re

from include.models import artifacts

LARGEST_FILE = 256 * 1024 * 1024
"""Bytes of a model file. The largest of a million customers' models has a few."""

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}")


class ModelFileError(ValueError):
    """The files of a model version are not what was trained."""


def check_version(model_version: str) -> None:
    """See that a text can be a model version: it becomes part of objects' names.

    Raises:
        ModelFileError: it is none.
    """
    if not _VERSION.fullmatch(model_version):
        raise ModelFileError(f"{model_version[:80]!r} is no model version, such as 2017-12-01-3f9c0a5e7b21.")


def check_files(files: dict[str, bytes], model_version: str) -> None:
    """See that files are those whose digest the model version carries.

    Raises:
        ModelFileError: they are not.
    """
    try:
        found = artifacts.version(files)
    except (ValueError, TypeError, KeyError, RecursionError):
        found = "unreadable"
    if found != model_version:
        raise ModelFileError(
            f"The files of model {model_version} were changed after its training (now {found[:40]}): nothing was "
            "loaded of them; run customer_profiles again, and see who has written them."
        )
