"""`portkit boot` in a process of its own, as several test files run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def portkit(*words: str, timeout: float = 900) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "portkit", *words], capture_output=True, text=True, check=False,
                          timeout=timeout, env={**os.environ, "COLUMNS": "200"})


def boot(tmp_path: Path, *words: str, timeout: float = 900) -> tuple[int, dict[str, Any], str]:
    """Exit status, the report as JSON, and all that was printed."""
    report = tmp_path / "report.json"
    done = portkit("boot", *words, "--json", str(report), timeout=timeout)
    said = done.stdout + done.stderr
    assert report.exists(), said
    return done.returncode, json.loads(report.read_text()), said
