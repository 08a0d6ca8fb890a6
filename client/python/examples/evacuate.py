"""Empties a pool, shows each container as it leaves, and fills the pool again when a person presses Enter.

    python3 evacuate.py server1
"""

import sys

from copa import Copa

pool = sys.argv[1]
with Copa() as copa:
    position = copa.read_overview(container_pool=pool, limit=1)["event_id"]
    copa.pool_evacuate(container_pool=pool, deadline="30m")
    for event in copa.events(type="pool.evacuated,container.moved", last_event_id=position):
        if event["type"] == "container.moved" and event["source"] == pool:
            print(f"{event['container']} is on {event['destination']}")
        elif event["type"] == "pool.evacuated" and event["pool"] == pool:
            break
    input(f"{pool} is empty. Press Enter when its containers may come back: ")
    print(copa.pool_restore(container_pool=pool)["success"])
