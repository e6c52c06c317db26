"""The tree into the environment's bucket: libraries before the DAGs that import them, stale files last."""

from __future__ import annotations

from pathlib import Path

from deploy.shell import Shell


def upload(shell: Shell, tree: Path, dags: str) -> None:
    """Copy what differs, and remove what this repository no longer has from the folders that are its own.

    `dags/` and `plugins/` themselves may hold other teams' files: nothing is removed there.

    Args:
        shell: runs the commands.
        tree: made by `bucket.assemble`.
        dags: address of the environment's `dags/` folder.
    """
    bucket = "${DAGS%/dags}" if shell.dry_run else dags.removesuffix("/dags")
    plugins = f"{bucket}/plugins"
    include, package = f"{dags}/include", f"{plugins}/customer_profiles_api"
    _sync(shell, tree / "dags" / "include", include)
    _sync(shell, tree / "dags", dags)
    _sync(shell, tree / "plugins", plugins)
    _sync(shell, tree / "dags" / "include", include, "--delete-unmatched-destination-objects")
    _sync(shell, tree / "plugins" / "customer_profiles_api", package, "--delete-unmatched-destination-objects")


def _sync(shell: Shell, source: Path, target: str, *options: str) -> None:
    shell.run("gcloud", "storage", "rsync", "--recursive", *options, str(source), target)
