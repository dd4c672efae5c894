"""`python -m transforms.compile_kernels`: everything compiled ahead, so that nobody waits for it.

The kernels of the engine, of the packets' codec and of cells are compiled on first use, which takes
up to a minute. Done once while an environment or an image is made, the result is read from then on.
"""

from __future__ import annotations

import numpy as np

from schemas.codec import Codec, decode_numbers, encode_numbers
from schemas.float_grid import find_grid
from schemas.signal_cells import SignalCell, encode_signal_cell
from transforms.engine import SignalEngine, StreamSpec, warm_up
from transforms.epoch_rows import window_content


def main() -> None:
    """Compiles, or finds that it was done."""
    warm_up()
    numbers = np.zeros((8, 2), np.int32)
    decode_numbers(encode_numbers(numbers, Codec.RICE), Codec.RICE, *numbers.shape)
    samples = numbers.astype(np.float64)
    encode_signal_cell(SignalCell(0, samples), find_grid(samples))
    spec = StreamSpec("eeg", 250, ("Cz",))
    batch = SignalEngine(spec).push(0, np.zeros((100, 1)))
    window_content(batch, 0, 1)


if __name__ == "__main__":
    main()
