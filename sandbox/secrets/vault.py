"""Secrets and their versions in one SQLite file; payloads survive a restart."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS metadata (
  name TEXT PRIMARY KEY REFERENCES secrets,
  etag INTEGER NOT NULL,
  annotations TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS versions (
  name TEXT NOT NULL REFERENCES secrets,
  version INTEGER NOT NULL,
  payload BLOB NOT NULL,
  created TEXT NOT NULL,
  PRIMARY KEY (name, version)
) WITHOUT ROWID;
"""


class SecretExistsError(Exception):
    """A secret of that name exists already."""


class SecretNotFoundError(Exception):
    """There is no such secret, or it has no such version."""


class Vault:
    """Named secrets with numbered versions; safe from any thread.

    Names are full resource names: ``projects/{project}/secrets/{secret}``.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._lock = threading.Lock()
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file; the vault must not be used afterwards."""
        self._connection.close()

    def create(self, name: str) -> None:
        """Create an empty secret.

        Raises:
            SecretExistsError: The name is taken.
        """
        with self._lock, self._connection:
            try:
                self._connection.execute("INSERT INTO secrets VALUES (?)", (name,))
            except sqlite3.IntegrityError:
                raise SecretExistsError(f"Secret [{name}] already exists.") from None

    def exists(self, name: str) -> bool:
        """Whether the secret exists."""
        with self._lock:
            return self._connection.execute("SELECT 1 FROM secrets WHERE name = ?", (name,)).fetchone() is not None

    def add(self, name: str, payload: bytes, created: str) -> int:
        """Add a version and return its number, from 1.

        Raises:
            SecretNotFoundError: There is no such secret.
        """
        if not self.exists(name):
            raise SecretNotFoundError(f"Secret [{name}] not found.")
        with self._lock, self._connection:
            newest = "SELECT COALESCE(MAX(version), 0) FROM versions WHERE name = ?"
            version: int = self._connection.execute(newest, (name,)).fetchone()[0] + 1
            row = (name, version, payload, created)
            self._connection.execute("INSERT INTO versions VALUES (?, ?, ?, ?)", row)
            return version

    def access(self, name: str, version: str) -> tuple[int, bytes]:
        """Number and payload of a version: a decimal number or ``latest``.

        Raises:
            SecretNotFoundError: There is no such secret or version.
        """
        wanted = int(version) if version.isdecimal() else 0
        with self._lock:
            found = self._connection.execute(
                "SELECT version, payload FROM versions WHERE name = ? AND (? = 'latest' OR version = ?)"
                " ORDER BY version DESC LIMIT 1",
                (name, version, wanted),
            ).fetchone()
        if found is None:
            raise SecretNotFoundError(f"Secret Version [{name}/versions/{version}] not found.")
        return found

    def describe(self, name: str) -> tuple[str, str]:
        """Etag and annotations (JSON) of a secret.

        Raises:
            SecretNotFoundError: There is no such secret.
        """
        if not self.exists(name):
            raise SecretNotFoundError(f"Secret [{name}] not found.")
        with self._lock:
            found = self._connection.execute(
                "SELECT etag, annotations FROM metadata WHERE name = ?", (name,)
            ).fetchone()
        etag, annotations = found or (0, "{}")
        return f'"{etag:x}"', annotations

    def annotate(self, name: str, etag: str, annotations: str) -> bool:
        """Replace the annotations if the etag is still the secret's; an empty one always fits.

        Raises:
            SecretNotFoundError: There is no such secret.
        """
        if not self.exists(name):
            raise SecretNotFoundError(f"Secret [{name}] not found.")
        with self._lock, self._connection:
            self._connection.execute("INSERT OR IGNORE INTO metadata VALUES (?, 0, '{}')", (name,))
            changed = self._connection.execute(
                "UPDATE metadata SET etag = etag + 1, annotations = ?"
                " WHERE name = ? AND (? = '' OR '\"' || printf('%x', etag) || '\"' = ?)",
                (annotations, name, etag, etag),
            )
            return changed.rowcount == 1

    def destroy(self, name: str, version: str) -> None:
        """Forget a version's payload.

        Raises:
            SecretNotFoundError: There is no such version.
        """
        self.access(name, version)
        with self._lock, self._connection:
            self._connection.execute("DELETE FROM versions WHERE name = ? AND version = ?", (name, int(version)))
