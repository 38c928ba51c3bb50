"""Runs a peer's function on request: one line on stdin is one command, one line on stdout its answer.

Arguments: folder with arrays.json and the raw arrays, script that defines run().
Commands: "run" answers the milliseconds of one call; "result" writes what the last call returned to result.f64
and answers its length.
"""

import json
import pathlib
import sys
import time

folder = pathlib.Path(sys.argv[1])
module = sys.argv[2]
try:
    import numpy as np

    __import__(module)
except ImportError as error:
    print(f"missing {error.name}", flush=True)
    sys.exit(0)

names = {}
for name, info in json.loads((folder / "arrays.json").read_text()).items():
    names[name] = np.fromfile(folder / f"{name}.raw", dtype=info["dtype"]).reshape(info["shape"])
exec((folder / "script.py").read_text(), names)
print("ready", flush=True)

result = None
for line in sys.stdin:
    command = line.strip()
    if command == "run":
        start = time.perf_counter()
        result = names["run"]()
        print((time.perf_counter() - start) * 1000, flush=True)
    elif command == "result":
        flat = np.asarray(result).astype("<f8").ravel()
        flat.tofile(folder / "result.f64")
        print(flat.size, flush=True)
