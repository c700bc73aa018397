"""The THIRDPARTYLICENSE file of a port: the copyrights and licences that its sources carry.

A gate keeps, beside sources that came from elsewhere, a THIRDPARTYLICENSE with the copyright holders and the licence
text, and a THIRDPARTYLICENSE.descrip with one line that says what the file is about; package manifests refer to the
former, and the build collects both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_BSD2 = Path(__file__).resolve().parent.parent / "templates/licence_bsd2.txt"
_COMMENT = re.compile(r"/\*(.*?)\*/", re.S)
_COPYRIGHT = re.compile(r"copyright\b.*\b(?:19|20)\d\d|copyright \(c\)", re.I)
_BEGIN = re.compile(r"(?:Redistribution and use|Permission (?:is hereby granted|to use))", re.I)
_SPDX_BSD2 = re.compile(r"SPDX-License-Identifier:\s*BSD-2-Clause(?:-FreeBSD)?\s*$", re.M)


def third_party(files: Mapping[str, bytes]) -> tuple[str, list[str]]:
    """The text of the THIRDPARTYLICENSE for source files, and the paths of those that carry no licence.

    Each licence stands once, after the copyrights of all files under it; upstream's come first.
    """
    groups: dict[str, tuple[str, list[str]]] = {}
    without: list[str] = []
    for path in sorted(files):
        holders, licence = notice(files[path].decode("latin-1"))
        if not licence:
            without.append(path)
            continue
        _, known = groups.setdefault(" ".join(licence.lower().split()), (licence, []))
        known += [holder for holder in holders if holder not in known]
    ordered = sorted(groups.values(), key=lambda group: group[0] == _bsd2())
    parts = ["\n".join(sorted(holders, key=_reserved)) + f"\n\n{licence}\n" for licence, holders in ordered]
    return ("\n" + "-" * 70 + "\n\n").join(parts), without


def _bsd2() -> str:
    """The licence of what portkit writes, whose files name it and do not repeat it."""
    return _BSD2.read_text("ascii").rstrip()


def _reserved(holder: str) -> bool:
    """Once, after all who reserve them."""
    return holder.lower().startswith("all rights reserved")


def notice(text: str) -> tuple[list[str], str]:
    """Copyright lines and licence of a source, from the comments at its head; ('' for none)."""
    holders: list[str] = []
    licence = ""
    for match in _COMMENT.finditer(text[:12000]):
        if text[:match.start()].count("\n#include"):
            break
        lines = [re.sub(r"^\s*\*? ?", "", line).rstrip() for line in match[1].split("\n")]
        body = "\n".join(lines)
        found = _BEGIN.search(body)
        holders += _holders(body[:found.start()] if found else body)
        if found:
            licence = licence or _trim(body[found.start():])
        elif _SPDX_BSD2.search(body) and not licence:
            licence = _bsd2()
    return (holders, licence) if holders else ([], "")


def _holders(text: str) -> list[str]:
    """The lines from the first copyright on, without those of another kind."""
    out: list[str] = []
    for line in text.split("\n"):
        if _COPYRIGHT.search(line) or (out and line.strip() and "SPDX" not in line and "$" not in line):
            out.append(line.strip())
        elif out and not line.strip():
            break
    return out


def _trim(text: str) -> str:
    """The licence, without what follows it in the same comment ($FreeBSD$, notes of the file)."""
    end = re.search(r"(?:SUCH DAMAGE|DEALINGS IN THE SOFTWARE|THE USE OR OTHER DEALINGS)\.", text)
    if end is None:
        end = re.search(r"PERFORMANCE OF THIS SOFTWARE\.", text)
    return (text[:end.end()] if end else text).strip()
