"""One Composer environment: what it has, and the commands that change it. Nothing is set that is set already."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from deploy.settings import DeployError, Deployment, Pool
from deploy.shell import Shell

_DELIMITER = ";"
"""Between the pairs of one gcloud option: values have commas in them."""


@dataclasses.dataclass(frozen=True)
class Environment:
    """The environment, reached through gcloud."""

    shell: Shell
    name: str
    location: str

    def describe(self, fields: str, variable: str) -> str:
        """A field of the environment's description."""
        return self.shell.read(*self._gcloud("describe"), f"--format=value({fields})", name=variable)

    def software(self) -> dict[str, Any]:
        """Image, packages, variables and overrides that the environment has; empty in a dry run."""
        answer = self.shell.read(*self._gcloud("describe"), "--format=json(config.softwareConfig)", name="SOFTWARE")
        return {} if self.shell.dry_run else json.loads(answer)["config"]["softwareConfig"]

    def configure(self, deployment: Deployment, requirements: str) -> None:
        """Set packages, variables and overrides; each change restarts parts of the environment.

        Raises:
            DeployError: the environment's image is another one.
        """
        has = self.software()
        image = has.get("imageVersion", deployment.image)
        if not image.startswith(deployment.image):
            raise DeployError(f"{self.name} has the image {image}: make an environment with {deployment.image}.")
        if has.get("pypiPackages") != deployment.packages:
            self._update(f"--update-pypi-packages-from-file={requirements}")
        variables = _missing(deployment.variables, has.get("envVariables", {}))
        if variables:
            self._update(f"--update-env-variables={_pairs(variables)}")
        options = _missing(deployment.airflow, has.get("airflowConfigOverrides", {}))
        if options:
            self._update(f"--update-airflow-configs={_pairs(options)}")

    def set_pool(self, pool: Pool) -> None:
        """Make or change a pool."""
        arguments = ("--", pool.name, str(pool.slots), pool.description)
        self.shell.run(*self._gcloud("run"), "pools", "set", *arguments)

    def airflow_json(self, *command: str, name: str) -> list[dict[str, Any]]:
        """Rows that an Airflow command prints as JSON; none in a dry run."""
        output = self.shell.read(*self._gcloud("run"), *command, "--", "--output=json", name=name)
        start = output.find("[{")  # before it: gcloud's word that the command was started
        return [] if self.shell.dry_run or start < 0 else json.JSONDecoder().raw_decode(output[start:])[0]

    def _update(self, option: str) -> None:
        self.shell.run(*self._gcloud("update"), option)

    def _gcloud(self, verb: str) -> tuple[str, ...]:
        return ("gcloud", "composer", "environments", verb, self.name, f"--location={self.location}")


def _missing(wanted: dict[str, str], present: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in wanted.items() if present.get(name) != value}


def _pairs(values: dict[str, str]) -> str:
    return f"^{_DELIMITER}^" + _DELIMITER.join(f"{name}={value}" for name, value in values.items())
