"""A network path between two namespaces, in user space, that delays and drops known packets.

The first line of stdin is JSON: {"namespaces": [A, B], "links": [LINK...], "seed": N}. A LINK has "addresses" (one in A,
one in B), "delays" (seconds from A to B, and back) and "losses" (percent of the UDP packets). Each further line is
answered with a line of JSON: for each link and each direction, the probes of A (forth) and the replies to them (back) that
came and were dropped, the median of the delays that they really had, and all bytes.
"""

import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import statistics
import struct
import subprocess
import sys
import time

SET_TUN = 0x400454CA
TUN_WITHOUT_HEADER = 0x0001 | 0x1000
NETWORK_NAMESPACE = 0x40000000
UDP = 17
# The kinds of agent/links/packet.ts, and where they are behind the headers of IP and UDP.
PROBE, REPLY = 1, 2
KIND_AT = 20 + 8 + 12
libc = ctypes.CDLL(None, use_errno=True)


def tun(namespace, name, address, peer):
    """A device of that namespace, whose packets this process reads and writes."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open("/run/netns/" + namespace, os.O_RDONLY)
    try:
        if libc.setns(there, NETWORK_NAMESPACE) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(device, SET_TUN, struct.pack("16sH", name.encode(), TUN_WITHOUT_HEADER))
        subprocess.run(["ip", "address", "add", address, "peer", peer, "dev", name], check=True)
        subprocess.run(["ip", "link", "set", name, "up", "txqueuelen", "2000"], check=True)
    finally:
        libc.setns(home, NETWORK_NAMESPACE)
        os.close(home)
        os.close(there)
    return device


class Direction:
    def __init__(self, target, kind, delay, loss):
        self.target = target
        self.kind = kind
        self.delay = delay
        self.loss = loss
        self.held = []
        self.came = self.dropped = self.bytes = 0

    def report(self):
        held = statistics.median(self.held) if self.held else None
        return {"came": self.came, "dropped": self.dropped, "held": held, "bytes": self.bytes}


def main():
    order = json.loads(sys.stdin.readline())
    chance = random.Random(order["seed"])
    directions = {}
    links = []
    for number, link in enumerate(order["links"]):
        name = f"path{number}"
        ends = [
            tun(namespace, name, *addresses)
            for namespace, addresses in zip(order["namespaces"], (link["addresses"], link["addresses"][::-1]))
        ]
        both = [Direction(*each) for each in zip(ends[::-1], (PROBE, REPLY), link["delays"], link["losses"])]
        directions.update(zip(ends, both))
        links.append(both)
    print("{}", flush=True)

    waiting = []
    count = 0
    readable = [sys.stdin, *directions]
    while True:
        left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for source in select.select(readable, [], [], left)[0]:
            if source is sys.stdin:
                if not sys.stdin.readline():
                    return
                print(json.dumps([[each.report() for each in both] for both in links]), flush=True)
                continue
            direction = directions[source]
            packet = os.read(source, 65536)
            now = time.monotonic()
            if packet[0] >> 4 != 4:
                continue
            direction.bytes += len(packet)
            is_udp = packet[9] == UDP
            is_counted = is_udp and packet[KIND_AT] == direction.kind
            is_dropped = is_udp and chance.random() * 100 < direction.loss
            direction.came += is_counted
            direction.dropped += is_counted and is_dropped
            if is_dropped:
                continue
            count += 1
            heapq.heappush(waiting, (now + direction.delay, count, now, is_counted, direction, packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, came, is_counted, direction, packet = heapq.heappop(waiting)
            try:
                os.write(direction.target, packet)
            except BlockingIOError:
                continue
            if is_counted:
                direction.held.append(time.monotonic() - came)


main()
