"""Kill a piece of work at chosen points: before or after one of the calls that it makes, not after some time.

So as many kills hit on a busy machine as on an idle one, and a point that fails can be had again.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable, Iterator

import pytest

Work = Callable[[], object]
NEEDS = pytest.mark.skipif(sys.platform != "linux", reason="SIGKILL and fork as on Linux")


def system_calls(event: Callable[[], None]) -> None:
    """An event is what Python audits: a file is opened, made, linked, renamed or removed, a folder is read."""
    sys.addaudithook(lambda name, arguments: event())


def every_call(event: Callable[[], None]) -> None:
    """An event is a call of a C function, or its return: whatever changes something on disk lies between two."""
    sys.setprofile(lambda frame, what, argument: event() if what.startswith("c_") else None)


def in_child(work: Work, watch: Callable[[Callable[[], None]], None], point: int) -> tuple[int, int]:
    """(exit status, events) of the work in a process of its own, which is killed at an event; the first is 1, and 0
    is none.  The status of a process that was killed is -SIGKILL, and it counts no events."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status, seen = 1, 0

        def event() -> None:
            nonlocal seen
            seen += 1
            if seen == point:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            with open(os.devnull, "w") as null:
                os.dup2(null.fileno(), 1)
            watch(event)
            with contextlib.suppress(SystemExit):
                work()
            os.write(write, str(seen).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), int(said or 0)


def kills(work: Work, watch: Callable[[Callable[[], None]], None], count: int, seed: int,
          again: Work = lambda: None) -> Iterator[int]:
    """Kill the work at its first and its last event and at random ones between them, `count` in all; each time, after
    it is dead, yields the event.  `again` puts back what the work changes, before each time and in the end."""
    again()
    in_child(work, watch, 0)            # what is done once in a process's life, such as byte code, is done
    again()
    status, whole = in_child(work, watch, 0)
    assert status == 0 and whole > count, (status, whole)
    for point in [1, whole, *random.Random(seed).sample(range(2, whole), count - 2)]:
        again()
        status, _ = in_child(work, watch, point)
        assert status == -signal.SIGKILL, f"not killed at event {point} of {whole}"
        yield point
    again()
