"""Write tests/golden anew from the sample drivers, and show what changes: python tests/update_golden.py

Nothing else writes there.  What it prints is to be read before it is committed: the text has to be right, and
a translation that is wrong in the same way every time is not.
"""

from __future__ import annotations

import difflib
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from test_samples_e2e import GOLDEN, golden_files  # noqa: E402

from portkit.demo import run_demo  # noqa: E402
from portkit.errors import PortkitError  # noqa: E402


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        status = run_demo(out, "gcc")
        new = golden_files(out)
    if status:
        print("Something is left to a person, or does not compile: nothing is written.", file=sys.stderr)
        return 1
    old = {str(path.relative_to(GOLDEN)): path.read_bytes() for path in sorted(GOLDEN.rglob("*"))
           if path.is_file()}
    for name in sorted({*old, *new}):
        lines = [files.get(name, b"").decode("latin-1").splitlines() for files in (old, new)]
        for line in difflib.unified_diff(*lines, f"old/{name}", f"new/{name}", lineterm=""):
            print(line)
    if new == old:
        print("The golden files are up to date.")
        return 0
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for name, data in new.items():
        path = GOLDEN / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    print(f"{len(new)} files written. Read the changes above before they are committed.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except PortkitError as error:
        sys.exit(str(error))
