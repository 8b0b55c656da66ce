"""All tests. Each of their processes has one thread for numbers.

A pool of threads that waits for a core which others have spins: on a crowded machine training took
ten times as long. The libraries read this when they are loaded, so it stands before every import.
"""

import os

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")
