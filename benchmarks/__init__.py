"""Speed and memory of the engine and the batch job, beside other libraries: `make bench`.

Importing this package limits every library to one thread, so it must come before numpy.
"""

import os

for _name in ("OPENBLAS", "OMP", "MKL", "NUMBA", "VECLIB_MAXIMUM", "NUMEXPR"):
    os.environ[f"{_name}_NUM_THREADS"] = "1"
os.environ.setdefault("MNE_LOGGING_LEVEL", "ERROR")
