"""What a deployment sets: read from `deploy/composer.toml`, checked before anything is touched."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "deploy" / "composer.toml"

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_OPTION = re.compile(r"[a-z_]+-[a-z_]+")


class DeployError(RuntimeError):
    """Something that the person who deploys can mend; the message says what, where and how."""


@dataclasses.dataclass(frozen=True)
class Pool:
    """One of Airflow's pools."""

    name: str
    slots: int
    description: str


@dataclasses.dataclass(frozen=True)
class Deployment:
    """What the environment is to have besides the code."""

    image: str
    variables: dict[str, str]
    airflow: dict[str, str]
    pools: tuple[Pool, ...]
    packages: dict[str, str]
    """PyPI packages on top of the image: name -> version specifier, as `requirements.txt` has them."""


def read(file: Path = FILE, requirements: Path = ROOT / "requirements.txt") -> Deployment:
    """Read a deployment's file and its requirements.

    Raises:
        DeployError: the file cannot be read, or has something that Composer would refuse.
    """
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DeployError(f"{file} cannot be read: {error}. Give a file like deploy/composer.toml.") from error
    deployment = Deployment(
        image=str(table["image"]),
        variables={name: str(value) for name, value in table.get("variables", {}).items() if value != ""},
        airflow={name: str(value) for name, value in table.get("airflow", {}).items()},
        pools=tuple(Pool(name, int(p["slots"]), str(p["description"])) for name, p in table.get("pools", {}).items()),
        packages=_packages(requirements.read_text("utf-8")),
    )
    _check(deployment, file)
    return deployment


def _packages(text: str) -> dict[str, str]:
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return {name: f"=={version}" for name, _, version in (line.partition("==") for line in lines if line)}


def _check(deployment: Deployment, file: Path) -> None:
    for name in deployment.variables:
        if not _VARIABLE.fullmatch(name) or name.startswith("AIRFLOW__"):
            raise DeployError(f"{file}: {name} under [variables] is refused by Composer: use [airflow] for options.")
    for name in deployment.airflow:
        if not _OPTION.fullmatch(name):
            raise DeployError(f"{file}: {name} under [airflow] is no option: write section-option.")
