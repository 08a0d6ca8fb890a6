"""Moves a container to another pool when the traffic on its pool's links passes 10 Mbit/s.

    python3 threshold_mover.py web server2
"""

import sys
import time

from copa import Copa, CopaError

container, destination = sys.argv[1:3]
copa = Copa()
while (pool := copa.locate(container)) != destination:
    rows = copa.read_kpilink(locus=pool, last=1)["measurements"]
    if rows and rows[0]["throughput"] > 10:
        print(f"{rows[0]['throughput']} Mbit/s on {pool}: {container} moves to {destination}")
        try:
            copa.container_migrate(container_pool=pool, container_name=container, destination_pool=destination)
        except CopaError as error:
            sys.exit(f"{error.field or error.code}: {error.message}")
    time.sleep(5)
