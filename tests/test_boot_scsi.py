"""Each contract of the SCSI framework, shown by an adapter that breaks it and by the same adapter corrected.

As in test_boot_checks.py: the adapters are in tests/boot/adapters, one file each beside what they share, built with
-DBROKEN or without. The line that breaks the contract says `HERE` and the word of the check.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from boot_kit import boot

ADAPTERS = Path(__file__).resolve().parent / "boot" / "adapters"
CASES = sorted(path.stem for path in ADAPTERS.glob("*.c") if path.name != "adapter.c")
SANITIZERS = {"used_after_destroy": "address,undefined"}
MARK = re.compile(r"/\* HERE ([\w|]+) \*/")


def boot_adapter(tmp_path: Path, case: str, broken: bool) -> tuple[int, dict[str, Any], str]:
    modules = tmp_path / "modules.toml"
    defines = '"BROKEN"' if broken else ""
    modules.write_text(
        f'[[module]]\nname = "trial"\nkind = "drv"\nsources = ["adapter.c", "{case}.c"]\ninclude_dirs = ["."]\n'
        f'conf = "adapter.conf"\ndefines = [{defines}]\ndepends_on = ["misc/scsi"]\n')
    sanitize = ["--sanitize", SANITIZERS[case]] if case in SANITIZERS else []
    return boot(tmp_path, "--source", str(ADAPTERS), "--modules", str(modules), "--scenario", "module", *sanitize,
                timeout=300)


@pytest.mark.parametrize("case", CASES)
def test_broken_contract_is_named_with_its_line(case: str, tmp_path: Path) -> None:
    text = (ADAPTERS / f"{case}.c").read_text()
    [(line, checks)] = [(number, match[1].split("|")) for number, line in enumerate(text.splitlines(), 1)
                        if (match := MARK.search(line))]
    status, report, said = boot_adapter(tmp_path, case, True)
    assert status == 1, said
    found = [(v["check"], v["file"], v["line"]) for v in report["violations"]]
    assert any(check in checks and (file, at) == (f"{case}.c", line) for check, file, at in found), (found, said)
    # The one mistake is not taken for many.
    assert {check for check, _, _ in found} <= set(checks), (found, said)


@pytest.mark.parametrize("case", CASES)
def test_the_same_adapter_corrected_is_clean(case: str, tmp_path: Path) -> None:
    status, report, said = boot_adapter(tmp_path, case, False)
    assert report["violations"] == [], said
    assert report["panic"] is None, said
    assert status == 0, said
