"""`make fuzz`: fuzz the parsers by coverage; progress as it comes, the last line is one JSON object.

What made the parsers fail stays in `.sandbox/fuzz`, beside the inputs that reached something new.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fuzz.claims import envelope
from tests.fuzz.odd_values import encode
from tests.fuzz.seeds import SEEDS, tagged

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".sandbox" / "fuzz"
PYTHON = ROOT / ".venv-fuzz" / "bin" / "python"
OPTIONS = ("-max_len=16384", "-timeout=30", "-rss_limit_mb=2048", "-print_final_stats=0", "-reload=0")
WORDS = [
    '"',
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "false",
    "1e999",
    "\\\\u0000",
    "T00:00:00+00:00",
    "_metadata",
]
CURSORS = [
    '{"watermark":1,"seen":{"a":1},"page":"/x","walking":true}',
    '{"version":7,"floor":3,"recent":[[1,7,[4,7]]]}',
]
HEADERS = (
    "X-LS-API-Bucket-Level: 92.57/90\nX-LS-API-Drip-Rate: 1.5\nX-LS-API-Burst-Level: 1/5\nRetry-After: 3",
    "X-RateLimit-Limit: 350\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 1795518007\n"
    "Retry-After: Tue, 24 Nov 2026 11:59:30 GMT\nDate: Tue, 24 Nov 2026 11:58:30 GMT",
)


def inputs() -> Iterator[bytes]:
    """What the fuzzer begins with."""
    for number, (series, stream, record) in enumerate(SEEDS):
        body = encode(record)
        yield tagged(number, "record", body)
        yield tagged(number, "answer", envelope(series, stream, [body]))
        yield tagged(number, "answer", b'{"data":' + body + b"}")
    for text in CURSORS:
        yield tagged(0, "cursor", text.encode())
    for text in HEADERS:
        yield tagged(0, "headers", text.encode())


def fuzz(runs: int, seconds: int, seed: int) -> dict[str, Any]:
    """Run the fuzzer until it has made so many inputs, or so many seconds have passed; what it has seen."""
    corpus, figures = FOLDER / "corpus", FOLDER / "figures.json"
    corpus.mkdir(parents=True, exist_ok=True)
    figures.unlink(missing_ok=True)
    for number, data in enumerate(inputs()):
        (corpus / f"seed-{number:02d}").write_bytes(data)
    (FOLDER / "words").write_text("".join(f'"{word}"\n' for word in WORDS))
    options = [f"-runs={runs}", f"-max_total_time={seconds}", f"-seed={seed}", f"-artifact_prefix={FOLDER}/"]
    command = [str(PYTHON), "-m", "tests.fuzz.parsers", str(figures), *OPTIONS, *options, f"-dict={FOLDER}/words"]
    covered = 0
    with subprocess.Popen(
        [*command, str(corpus)], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr or ():
            print(line, end="", flush=True)
            if found := re.search(r"\bcov: (\d+)", line):
                covered = int(found[1])
    seen = json.loads(figures.read_text()) if figures.exists() else {}
    return seen | {"coverage": covered, "failed": process.returncode != 0, "seed": seed}


def main() -> None:
    """Read the arguments, fuzz, print the figures."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=3600)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    result = fuzz(arguments.runs, arguments.seconds, arguments.seed)
    print(json.dumps(result))
    sys.exit(1 if result["failed"] else 0)


if __name__ == "__main__":
    main()
