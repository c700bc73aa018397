"""Each check of the simulated kernel, shown by a driver that breaks one contract and by the same driver corrected.

The drivers are in tests/boot/drivers: one file each, built with -DBROKEN or without. The line that breaks the
contract says `HERE` and the word of the check; the report has to name that line.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from boot_kit import boot

DRIVERS = Path(__file__).resolve().parent / "boot" / "drivers"
CASES = sorted(path.stem for path in DRIVERS.glob("*.c") if path.name != "trial.c")
# What only a sanitizer can name to the line.
SANITIZERS = {"memory_use_after_free": "address,undefined", "memory_overrun": "address,undefined",
              "race_counter": "thread", "undefined_shift": "address,undefined"}
# A line that is marked, and the words that are right there.
MARK = re.compile(r"/\* HERE ([\w|]+) \*/")


def boot_trial(tmp_path: Path, case: str, broken: bool, *more: str) -> tuple[int, dict[str, Any], str]:
    modules = tmp_path / "modules.toml"
    modules.write_text(
        f'[[module]]\nname = "trial"\nkind = "drv"\nsources = ["trial.c", "{case}.c"]\ninclude_dirs = ["."]\n'
        f'conf = "trial.conf"\ndefines = [{chr(34) + "BROKEN" + chr(34) if broken else ""}]\n')
    sanitize = ["--sanitize", SANITIZERS[case]] if case in SANITIZERS else []
    return boot(tmp_path, "--source", str(DRIVERS), "--modules", str(modules), "--scenario", "module", *more, *sanitize,
                timeout=300)


def marked(case: str) -> tuple[int, list[str]]:
    for number, line in enumerate((DRIVERS / f"{case}.c").read_text().splitlines(), 1):
        if match := MARK.search(line):
            return number, match[1].split("|")
    raise AssertionError(f"{case}.c marks no line")


def options(case: str) -> list[str]:
    return ["--fail-alloc", "all"] if case == "alloc_unchecked" else []


@pytest.mark.parametrize("case", CASES)
def test_broken_contract_is_named_with_its_line(case: str, tmp_path: Path) -> None:
    status, report, said = boot_trial(tmp_path, case, True, *options(case))
    line, checks = marked(case)
    assert status == 1, said
    if checks == ["panic"]:
        panic = report["panic"]
        assert panic is not None, said
        assert (panic["file"], panic["line"]) == (f"{case}.c", line), said
        return
    found = [(v["check"], v["file"], v["line"]) for v in report["violations"]]
    assert any(check in checks and (file, at) == (f"{case}.c", line) for check, file, at in found), (found, said)
    # The one mistake is not taken for many.
    assert {check for check, _, _ in found} <= set(checks), (found, said)


@pytest.mark.parametrize("case", CASES)
def test_the_same_driver_corrected_is_clean(case: str, tmp_path: Path) -> None:
    status, report, said = boot_trial(tmp_path, case, False, *options(case))
    assert report["violations"] == [], said
    assert report["panic"] is None, said
    # An attach that fails as it should is the one thing left to a person.
    assert status == (1 if case == "leak_failed_attach" else 0), said
