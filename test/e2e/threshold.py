"""The threshold script of docs/spec/network-api.md: asks for a link every 5 s, and migrates once when it carries much.

    threshold.py BASE_URL CONTAINER SOURCE DESTINATION
"""

import sys
import time

import requests

base_url, container, source, destination = sys.argv[1:]
while True:
    rows = requests.get(base_url + "network/kpilink/", params={"locus": source, "last": 1}).json()["measurements"]
    if rows and rows[0]["throughput"] > 10:
        order = {
            "operation": "migrate",
            "container_name": container,
            "container_pool": source,
            "destination_pool": destination,
        }
        print(requests.post(base_url + "container/", data=order).json())
        break
    time.sleep(5)
