"""A cable between three machines that is 50 ms long: reads what each sends and gives it to the others, late.

Each machine is a network namespace, given as NAME=ADDRESS; each gets a link `far` with that address. The first argument is the
time on the way, in milliseconds, each way. Prints a line once all are wired, and ends with its standard input.
"""

import collections
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

# linux/if_tun.h
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
# Larger than any frame.
FRAME_MAX = 2048


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def plug(number, namespace, address):
    """The end of a machine's cable, as a file of frames."""
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    link = f"far{os.getpid()}-{number}"[:15]
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", link.encode(), IFF_TAP | IFF_NO_PI))
    ip("link", "set", link, "netns", namespace, "name", "far")
    ip("-n", namespace, "address", "add", f"{address}/24", "dev", "far")
    ip("-n", namespace, "link", "set", "far", "up")
    return end


def main(delay, machines):
    ends = [plug(number, *machine.split("=")) for number, machine in enumerate(machines)]
    known = {}
    # The delay is always the same, so frames leave in the order in which they came.
    waiting = collections.deque()
    print("wired", flush=True)
    while True:
        rest = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select([*ends, sys.stdin], [], [], rest)
        now = time.monotonic()
        for end in ready:
            if end is sys.stdin:
                if not sys.stdin.buffer.read1():
                    return
                continue
            try:
                while True:
                    frame = os.read(end, FRAME_MAX)
                    known[frame[6:12]] = end
                    to = known.get(frame[:6])
                    others = [to] if to is not None else [other for other in ends if other != end]
                    waiting.append((now + delay, others, frame))
            except BlockingIOError:
                pass
        while waiting and waiting[0][0] <= time.monotonic():
            _, others, frame = waiting.popleft()
            for other in others:
                try:
                    os.write(other, frame)
                except (BlockingIOError, OSError):
                    # As on any full cable.
                    pass


main(float(sys.argv[1]) / 1_000, sys.argv[2:])
