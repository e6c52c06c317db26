"""Makes the environments of this checkout; runs on any Python 3.8 or later, needs nothing installed.

`.venv` (Python 3.11) mirrors Composer's image and adds the test tools; `.venv-sandbox` (Python 3.13) has the
BigQuery and Cloud Storage emulators, which need a newer Python than Composer has. With the argument `bench`
also `.venv-bench`, which has the peer of `make bench-ingest`; with `api` also `.venv-api`, which has what
`make test-api` asks the API with; with `fuzz` also `.venv-fuzz`, which has the fuzzer of `make fuzz`. All are
installed by uv from hash-checked locks, with bytecode compiled: imports decide how long a task takes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".tools"
LOCKS = ROOT / "requirements"

UV_VERSION = "0.13.9"

DUCKDB_EXTENSIONS = """
from duckdb_extensions import import_extension
for name in ("icu", "ducklake", "spatial"):
    import_extension(name, force_install=True)
"""


def main() -> None:
    """Make or update the environments; nothing is done for one whose locks have not changed."""
    try:
        _environment(".venv", "3.11", ["composer-3-airflow-3.3.1.lock", "dev.lock"])
        _environment(".venv-sandbox", "3.13", ["sandbox.lock"], after=DUCKDB_EXTENSIONS)
        if "bench" in sys.argv[1:]:
            _environment(".venv-bench", "3.11", ["bench.lock"])
        if "api" in sys.argv[1:]:
            _environment(".venv-api", "3.11", ["api.lock"])
        if "fuzz" in sys.argv[1:]:
            _environment(".venv-fuzz", "3.11", ["fuzz.lock"])
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"Setting up failed: {error}. Network access to the Python package index is needed once.")


def _environment(name: str, python: str, locks: list[str], after: str = "") -> None:
    folder, stamp = ROOT / name, ROOT / name / "locks.sha256"
    digest = hashlib.sha256(b"".join((LOCKS / lock).read_bytes() for lock in locks) + after.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    print(f"Installing {name} (Python {python}) from {', '.join(locks)} …", flush=True)
    uv = _uv()
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", _python(python), str(folder)], check=True)
    files = [argument for lock in locks for argument in ("--requirement", str(LOCKS / lock))]
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--require-hashes", "--compile-bytecode", *files],
        check=True,
        env={**os.environ, "VIRTUAL_ENV": str(folder)},
    )
    if after:
        subprocess.run([str(folder / "bin" / "python"), "-c", after], check=True)
    stamp.write_text(digest)


def _uv() -> str:
    """Path of uv: the one on the PATH, else the one of this checkout, fetched when it is missing."""
    found = shutil.which("uv") or shutil.which("uv", path=str(TOOLS / "bin"))
    if found:
        return found
    print(f"Fetching uv {UV_VERSION} …", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    by_pip = subprocess.run(
        [*pip, "--target", str(TOOLS), f"uv=={UV_VERSION}"], check=False, capture_output=True, text=True
    )
    if by_pip.returncode:  # Debian's python3 comes without pip
        _fetch_uv()
    return str(TOOLS / "bin" / "uv")


def _fetch_uv() -> None:
    with urllib.request.urlopen(f"https://pypi.org/pypi/uv/{UV_VERSION}/json", timeout=60) as answer:
        wheels = json.load(answer)["urls"]
    wheel = next(wheel for wheel in wheels if _fits(wheel["filename"]))
    with urllib.request.urlopen(wheel["url"], timeout=300) as answer:
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != wheel["digests"]["sha256"]:
        raise OSError(f"{wheel['filename']} does not have the digest that the index states")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        member = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        (TOOLS / "bin").mkdir(parents=True, exist_ok=True)
        (TOOLS / "bin" / "uv").write_bytes(archive.read(member))
    (TOOLS / "bin" / "uv").chmod(0o755)


def _fits(filename: str) -> bool:
    machine = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    if sys.platform == "darwin":
        return "macosx" in filename and machine.replace("aarch64", "arm64") in filename
    return "manylinux" in filename and machine in filename


def _python(version: str) -> str:
    """An interpreter of this version that runs; else the version itself, for uv to find or bring.

    pyenv's shims are on the PATH for versions that are not active, and fail when they are run.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [shutil.which(f"python{version}"), *sorted(map(str, pyenv.glob(f"{version}.*/bin/python")))]
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    for candidate in filter(None, candidates):
        run = subprocess.run([candidate, "-c", program], check=False, capture_output=True, text=True)
        if run.returncode == 0 and run.stdout.strip() == version:
            return candidate
    return version


if __name__ == "__main__":
    main()
