"""`python -m transforms.compile_kernels`: everything compiled ahead, so that nobody waits for it.

The kernels of the engine and of the packets' codec are compiled on first use, which takes up to a
minute. Done once while an environment or an image is made, the result is read from then on.
"""

from __future__ import annotations

import numpy as np

from schemas.codec import Codec, decode_numbers, encode_numbers
from transforms.engine import warm_up


def main() -> None:
    """Compiles, or finds that it was done."""
    warm_up()
    numbers = np.zeros((8, 2), np.int32)
    decode_numbers(encode_numbers(numbers, Codec.RICE), Codec.RICE, *numbers.shape)


if __name__ == "__main__":
    main()
