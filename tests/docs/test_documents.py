"""The readers behind the layout tests see what is wrong in bad samples, and nothing in good ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import documents

README = """# Shop
First make sure of `make setup`, then:
```bash
make demo ONCE=1   # and then
make test
```
"""


def test_commands_are_read_from_code_only():
    assert documents.make_commands(README) == {"setup", "demo", "test"}


def test_targets_are_read_from_the_makefile():
    makefile = "PYTHON := x\n.PHONY: test\ntest: setup ## Run\n\techo a: b\nsetup:\n"
    assert documents.make_targets(makefile) == {"test", "setup"}


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "guide.md").write_text("# The Guide: how to\n\n## What's *new* in 2.0\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "deep.md").write_text("[up](../guide.md)")
    return tmp_path


@pytest.mark.parametrize(
    "link",
    ["missing.md", "guide.md#no-such", "#nowhere", "docs/../missing/", "missing.png", "./docs/missing.md"],
)
def test_a_broken_link_is_found(folder, link):
    (folder / "README.md").write_text(f"# Top\nSee [this]({link}) and [that](guide.md).")
    assert documents.broken_links(folder / "README.md") == [link]


@pytest.mark.parametrize(
    "link",
    ["guide.md", "guide.md#the-guide-how-to", "guide.md#whats-new-in-20", "#top", "docs", "https://a.b/c.md"],
)
def test_a_link_that_resolves_passes(folder, link):
    (folder / "README.md").write_text(f"# Top\nSee [this]({link}), `[not](a-link.md)`.\n```\n[nor](this.md)\n```\n")
    assert documents.broken_links(folder / "README.md") == []


def test_every_document_is_found(folder):
    assert [path.name for path in documents.markdown_files(folder)] == ["deep.md", "guide.md"]
    assert documents.broken_links(folder / "docs" / "deep.md") == []


@pytest.mark.parametrize(
    "line",
    [
        "pandas>=2",
        "pandas",
        "-r other.txt",
        "--hash=sha256:ab",
        "pandas==2.* ",
        "git+https://a/b",
        "pandas[x]==1.0",
    ],
)
def test_a_line_that_is_no_plain_pin_is_found(line):
    assert documents.lines_that_are_no_pins(f"# what\nxgboost-cpu==3.2.0\n{line}\n") == [line.strip()]


def test_pins_are_read():
    assert documents.lines_that_are_no_pins("# a comment\n\nXGBoost_cpu==3.2.0  # why\n") == []
    assert documents.pins("XGBoost_cpu==3.2.0  # why\n") == {"xgboost-cpu": "3.2.0"}


LOCK = """# made by uv
aiofiles==25.1.0 \\
    --hash=sha256:a8d7 \\
    --hash=sha256:abe3
    # via gcloud-aio-storage
uvloop==0.22.1 ; sys_platform != 'win32' \\
    --hash=sha256:0d
naked==1.0
"""


def test_a_lock_is_read():
    assert documents.locked(LOCK) == {"aiofiles": "25.1.0", "uvloop": "0.22.1", "naked": "1.0"}


def test_a_locked_package_without_a_hash_is_found():
    assert documents.without_hash(LOCK) == ["naked==1.0"]


def test_packages_that_the_image_lacks_are_read():
    text = "airflow==3.3.1\n\n# Not in the image: added there\nxgboost-cpu==3.2.0\nshap>=1\n\npandas\n"
    assert documents.not_in_the_image(text) == {"xgboost-cpu", "shap"}
    assert documents.not_in_the_image("xgboost-cpu==3.2.0\n") == set()


@pytest.mark.parametrize("text", ["cd /srv/checkout", '"/srv/checkout/dags"', "HOME=/srv/someone/.cache"])
def test_a_path_of_a_machine_is_found(text):
    assert documents.paths_of_this_machine(text, (Path("/srv/checkout"), Path("/srv/someone")))


@pytest.mark.parametrize("text", ["https://a.b/srv/checkout", "/srv/checkouts", "docs/srv/checkout", "/opt/airflow"])
def test_another_path_passes(text):
    assert documents.paths_of_this_machine(text, (Path("/srv/checkout"), Path("/"))) == []
