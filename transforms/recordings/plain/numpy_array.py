"""An array that numpy saved: samples, or samples x channels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.recordings.errors import Reason, RecordingError

_NUMBERS = "iuf"  # kinds of dtype: signed, unsigned, floating


def read_numpy_array(path: str) -> npt.NDArray[np.float64]:
    """The numbers of a .npy file, (n_samples, n_channels) float64.

    Raises:
      RecordingError: no array of numbers, or one of another shape.
    """
    try:
        # Mapped: a header that promises more than the file holds fails before memory is taken.
        stored = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # numpy parses the header with ast, tokenize and struct
        text = " ".join(str(error).split()) or type(error).__name__
        raise RecordingError(Reason.UNREADABLE, f"numpy cannot read it: {text[:200]}") from error
    if not isinstance(stored, np.ndarray) or stored.dtype.kind not in _NUMBERS:
        raise RecordingError(
            Reason.UNREADABLE, "it holds no real numbers; expected integers or floats"
        )
    if stored.ndim not in (1, 2):
        raise RecordingError(
            Reason.BAD_HEADER,
            f"an array of {stored.ndim} dimensions; expected samples, or samples x channels",
        )
    if stored.size == 0:
        raise RecordingError(
            Reason.NO_SAMPLES, f"an array of shape {stored.shape}, without a number"
        )
    table = stored.reshape(len(stored), -1)
    if table.shape[1] > table.shape[0]:
        raise RecordingError(
            Reason.BAD_HEADER,
            f"an array of {table.shape[0]} x {table.shape[1]}; expected samples x channels:"
            " transpose it",
        )
    return np.array(table, dtype=np.float64)
