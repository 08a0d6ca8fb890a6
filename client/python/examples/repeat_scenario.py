"""Runs a scenario several times with the program `copa`, and prints the downtime of its moves.

    python3 repeat_scenario.py follow-user.yaml 5
"""

import json
import statistics
import subprocess
import sys
from pathlib import Path

file, times = sys.argv[1], int(sys.argv[2])
downtimes = []
for run in range(times):
    directory = Path(f"run-{run + 1}")
    subprocess.run(["copa", "scenario", "run", file, "--out", str(directory)], check=True)
    results = json.loads((directory / "results.json").read_text())
    downtimes += [move["downtimeMs"] for move in results["moves"] if move["downtimeMs"] is not None]
if downtimes:
    print(f"{len(downtimes)} moves: median {statistics.median(downtimes):.0f} ms, longest {max(downtimes):.0f} ms")
