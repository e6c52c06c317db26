"""The compiled analyzer is kept in the checkout, survives damage, and moves bytes unchanged."""

from __future__ import annotations

import pytest
import wasmtime

from sandbox import zetasql_cache


@pytest.fixture
def wasm(tmp_path):
    path = tmp_path / "answer.wasm"
    path.write_bytes(wasmtime.wat2wasm('(module (func (export "answer") (result i32) i32.const 42))'))
    return path


def answer(engine: wasmtime.Engine, module: wasmtime.Module) -> int:
    store = wasmtime.Store(engine)
    function = wasmtime.Instance(store, module, []).exports(store)["answer"]
    assert isinstance(function, wasmtime.Func)
    return function(store)


def test_a_module_is_compiled_once(wasm, tmp_path, monkeypatch):
    engine, folder = wasmtime.Engine(), tmp_path / "cache"
    assert answer(engine, zetasql_cache.load(engine, wasm, folder)) == 42
    monkeypatch.setattr(wasmtime.Module, "from_file", None)
    assert answer(engine, zetasql_cache.load(engine, wasm, folder)) == 42
    assert len(list(folder.iterdir())) == 1


def test_a_damaged_compiled_file_is_compiled_anew(wasm, tmp_path):
    engine, folder = wasmtime.Engine(), tmp_path / "cache"
    zetasql_cache.load(engine, wasm, folder)
    compiled = next(folder.iterdir())
    compiled.write_bytes(compiled.read_bytes()[:100])
    assert answer(engine, zetasql_cache.load(engine, wasm, folder)) == 42
    assert len(compiled.read_bytes()) > 100


def test_another_module_has_another_compiled_file(wasm, tmp_path):
    engine, folder = wasmtime.Engine(), tmp_path / "cache"
    zetasql_cache.load(engine, wasm, folder)
    wasm.write_bytes(wasmtime.wat2wasm('(module (func (export "answer") (result i32) i32.const 7) (memory 1))'))
    assert answer(engine, zetasql_cache.load(engine, wasm, folder)) == 7


def test_the_cache_lies_in_the_ignored_folder_of_the_checkout():
    assert zetasql_cache.CACHE.parts[-3:] == (".sandbox", "cache", "zetasql")
    assert (zetasql_cache.CACHE.parents[2] / "sandbox" / "zetasql_cache.py").exists()
