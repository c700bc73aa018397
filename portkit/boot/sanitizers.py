"""What the compiler's sanitizers wrote on standard error, as violations.

The simulator runs with SANITIZER_OPTIONS, so that a stack frame is `#0 OFFSET FILE`, and with nothing that a sanitizer
would look up itself: frames are resolved with all others, in one go.  Messages lose their addresses, which differ from
run to run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from portkit.boot.events import Frame, Stack, Violation

ADDRESS_STATUS = 77         # the exit status where AddressSanitizer could not go on after a finding
_COMMON = ('symbolize=0:stack_trace_format="    #%n %o %m":halt_on_error=0:fast_unwind_on_fatal=1:'
           "fast_unwind_on_malloc=1:allocator_may_return_null=1:print_summary=0:color=never")
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": f"{_COMMON}:exitcode={ADDRESS_STATUS}:detect_leaks=0:detect_stack_use_after_return=0",
    "UBSAN_OPTIONS": f"{_COMMON}:print_stacktrace=1",
    "TSAN_OPTIONS": f"{_COMMON}:exitcode=0:report_thread_leaks=0:detect_deadlocks=0:report_signal_unsafe=0",
}

# The kernel has no way to read what atomic_ops(9F) change but to read it: an aligned word comes whole.
_READS_AN_ATOMIC = re.compile(r"(?:read of size (\d) and atomic write of size \1|atomic write of size (\d) and "
                              r"read of size \2) with nothing")
_FRAME = re.compile(r"\s+#\d+ 0x([0-9a-f]+) (\S.*)$")
_ASAN = re.compile(r"==\d+==\s*ERROR: AddressSanitizer: ([\w-]+)(.*)$")
_ASAN_ACCESS = re.compile(r"(READ|WRITE) of size (\d+) at 0x[0-9a-f]+")
_ASAN_STACK = re.compile(r"(freed|previously allocated|allocated) by thread")
_TSAN = re.compile(r"WARNING: ThreadSanitizer: (.+?) \(pid=\d+\)")
_TSAN_STACK = re.compile(r"  (\S.*):$")
_UBSAN = re.compile(r"(\S[^\n]*?):(\d+):(\d+): runtime error: (.*)$")
_FAIL = re.compile(r"portkit: --fail-alloc (\d+)$")
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")

# What AddressSanitizer calls a thing, in words; the simulated kernel poisons what it has not handed out.
_ASAN_WORDS = {
    "use-after-poison": "memory that is freed, or past the end of what was allocated",
    "heap-use-after-free": "freed memory",
    "heap-buffer-overflow": "memory past the end of what was allocated",
    "stack-buffer-overflow": "memory past the end of a variable on the stack",
    "stack-buffer-underflow": "memory before a variable on the stack",
    "stack-use-after-scope": "a variable on the stack that is out of scope",
    "stack-use-after-return": "a variable on the stack of a function that has returned",
    "global-buffer-overflow": "memory past the end of a global variable",
    "wild-memory-access": "a wild address",
}


def read_sanitizers(text: str) -> list[Violation]:
    """The findings in a run's standard error, in the order in which they were made."""
    lines = text.splitlines()
    found: list[Violation] = []
    fail: int | None = None         # whose output this is, in a series of --fail-alloc all
    at = 0
    while at < len(lines):
        count = len(found)
        if match := _FAIL.match(lines[at]):
            fail = int(match[1])
            at += 1
        elif match := _ASAN.match(lines[at]):
            end = _block_end(lines, at + 1)
            found.append(_address(match, lines[at + 1:end]))
            at = end
        elif match := _TSAN.match(lines[at]):
            end = _block_end(lines, at + 1)
            race = _thread(match, lines[at + 1:end])
            if not _READS_AN_ATOMIC.match(race.message):
                found.append(race)
            at = end
        elif match := _UBSAN.match(lines[at]):
            end = at + 1
            while end < len(lines) and lines[end].strip() and not _UBSAN.match(lines[end]) \
                    and not _begins(lines[end]):
                end += 1
            found.append(_undefined(match, lines[at + 1:end]))
            at = end
        else:
            at += 1
        found[count:] = [replace(item, fail=fail) for item in found[count:]]
    return found


def _begins(line: str) -> bool:
    return line.startswith("=====") or bool(_ASAN.match(line) or _TSAN.match(line) or _FAIL.match(line))


def _block_end(lines: Sequence[str], at: int) -> int:
    """The end of an AddressSanitizer or ThreadSanitizer report whose text begins at `at`."""
    while at < len(lines) and not _begins(lines[at]) and not _UBSAN.match(lines[at]):
        at += 1
    return at


def _frames(lines: Sequence[str], at: int) -> tuple[Stack, int]:
    """The stack that begins at line `at`, and the line after it."""
    frames = []
    while at < len(lines) and (match := _FRAME.match(lines[at])):
        frames.append(Frame(match[2], int(match[1], 16)))
        at += 1
    return tuple(frames), at


def _address(head: re.Match[str], lines: Sequence[str]) -> Violation:
    kind, access = head[1], ""
    stack: Stack = ()
    more: list[tuple[str, Stack]] = []
    details: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        frames, after = _frames(lines, at + 1)
        if match := _ASAN_ACCESS.match(line):
            access = f"{match[1].lower()} of {match[2]} bytes"
            stack = frames
        elif _ASAN_STACK.match(line):
            more.append((re.sub(r" by thread.*", "", line), frames))
        elif frames and not stack:
            stack = frames
        if "is located" in line and "is located in stack" not in line and "region" not in line:
            details.append(_plain(re.sub(r"^.*is located ", "", line)))
        elif "<== Memory access" in line:
            details.append(_plain(line.split("<==")[0].strip()))
        at = max(after, at + 1)
    what = _ASAN_WORDS.get(kind, kind)
    message = f"{access}: {what}" if access else f"{kind}: {_plain(head[2])}".rstrip(": ")
    if details:
        message += f" ({details[-1]})"
    return Violation("memory", message, stack, more=tuple(more))


def _thread(head: re.Match[str], lines: Sequence[str]) -> Violation:
    stacks: list[tuple[str, Stack]] = []
    at = 0
    while at < len(lines):
        frames, after = _frames(lines, at + 1)
        if (match := _TSAN_STACK.match(lines[at])) and frames:
            stacks.append((re.sub(r" at 0x[0-9a-f]+ by .*| by (main )?thread.*", "", match[1]), frames))
        at = max(after, at + 1)
    # Where the threads of the machine were made says nothing about a driver.
    stacks = [(title, frames) for title, frames in stacks if not re.match(r"(Thread|Mutex) ", title)]
    kind = head[1]
    check = "memory" if "free" in kind else "race"
    accesses = [title for title, _ in stacks[:2]]
    message = kind
    if check == "race" and len(accesses) == 2:
        first, second = (title.lower().removeprefix("previous ") for title in accesses)
        message = f"{first} and {second} with nothing that orders them"
    return Violation(check, message, stacks[0][1] if stacks else (), more=tuple(stacks[1:]))


def _undefined(head: re.Match[str], lines: Sequence[str]) -> Violation:
    stack: Stack = ()
    for at in range(len(lines)):
        stack, _ = _frames(lines, at)
        if stack:
            break
    return Violation("undefined", _plain(head[4]), stack, place=(head[1], int(head[2])))


def _plain(text: str) -> str:
    """The text with no addresses."""
    text = re.sub(r"\s*\((\S+\+)?0x[0-9a-f]+\)|\s*\[0x[0-9a-f]+,\s*0x[0-9a-f]+\)", "", text)
    text = re.sub(r"( on| of)? address 0x[0-9a-f]{6,}", "", text)
    text = _ADDRESS.sub("", text)
    return re.sub(r"\s+", " ", text).strip()
