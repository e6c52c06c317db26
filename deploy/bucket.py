"""The tree that lands in the environment's bucket: `dags/` with `include/` inside it, and `plugins/`."""

from __future__ import annotations

import shutil
from pathlib import Path

from deploy.settings import ROOT

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")

_NOT_DAGS = "include/\n"
"""`.airflowignore`: Airflow looks for no DAGs in there."""


def assemble(target: Path, root: Path = ROOT) -> None:
    """Make the tree below `target`, an empty or missing folder.

    Args:
        target: where the tree is made.
        root: the checkout.
    """
    shutil.copytree(root / "dags", target / "dags", ignore=_LEFT_OUT)
    shutil.copytree(root / "include", target / "dags" / "include", ignore=_LEFT_OUT)
    shutil.copytree(root / "plugins", target / "plugins", ignore=_LEFT_OUT)
    (target / "dags" / ".airflowignore").write_text(_NOT_DAGS)


def dag_ids(root: Path = ROOT) -> list[str]:
    """Names of the DAGs: each file makes the DAG of its name."""
    return sorted(path.stem for path in (root / "dags").glob("*.py"))
