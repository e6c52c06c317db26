"""ZetaSQL's WASM build, compiled once a machine and copied to and from in bulk.

The package compiles 50 MB of WASM in every process (20-50 s, 1 GB) and moves each byte by a Python loop.
`install` gives it a compiled module from the checkout's ignored folder instead (0.1 s) and block copies.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.metadata
import platform
import tempfile
from pathlib import Path
from typing import cast

import wasmtime
from zetasql.core import wasm_client

CACHE = Path(__file__).resolve().parents[1] / ".sandbox" / "cache" / "zetasql"
"""Default folder of compiled modules."""


def install(folder: Path = CACHE) -> None:
    """Make every ZetaSQL service started from now on use the compiled module kept in `folder`."""

    class CachedModule:
        @staticmethod
        def from_file(engine: wasmtime.Engine, path: str) -> wasmtime.Module:
            return load(engine, Path(path), folder)

    wasm_client.Module = CachedModule  # ty: ignore[invalid-assignment]
    wasm_client.WasmClient.write_bytes = _write
    wasm_client.WasmClient.read_bytes = _read


def load(engine: wasmtime.Engine, wasm: Path, folder: Path) -> wasmtime.Module:
    """Return the compiled module of the file `wasm`, from `folder` if it is there, else compiled and kept.

    A compiled file that does not load (cut short, another compiler's) is compiled anew.
    """
    compiled = folder / f"{_key(wasm)}.cwasm"
    if compiled.exists():
        with contextlib.suppress(wasmtime.WasmtimeError):
            return wasmtime.Module.deserialize_file(engine, str(compiled))
    module = wasmtime.Module.from_file(engine, str(wasm))
    _keep(compiled, bytes(module.serialize()))
    return module


def _key(wasm: Path) -> str:
    versions = [f"{name}-{importlib.metadata.version(name)}" for name in ("zetasql", "wasmtime")]
    return "-".join([*versions, wasm.stem, str(wasm.stat().st_size), platform.machine()])


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    Path(part.name).replace(path)  # whole or not at all: test processes may start together


def _address(client: wasm_client.WasmClient) -> int:
    # The package runs with shared memory, whose address is asked for without the store.
    memory = cast("wasmtime.SharedMemory", client.memory)
    return ctypes.cast(memory.data_ptr(), ctypes.c_void_p).value or 0


def _write(self: wasm_client.WasmClient, ptr: int, data: bytes) -> None:
    ctypes.memmove(_address(self) + ptr, data, len(data))


def _read(self: wasm_client.WasmClient, ptr: int, size: int) -> bytes:
    return ctypes.string_at(_address(self) + ptr, size)
