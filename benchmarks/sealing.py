"""What sealing costs beside the windows that are sealed, on a key service and tables of its own."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from google.cloud import kms_v1

from benchmarks.workloads import LINE_HZ, WORKLOADS, Float64, Workload, blocks
from local.bigtable import bigtable_emulator, create_table
from local.kms.server import LocalKms
from schemas.archive import EpochPlace
from schemas.float_grid import find_grid
from schemas.keyset_rows import KEYSETS
from schemas.signal_cells import SignalCell, encode_signal_cell
from schemas.window_cells import MAX_WINDOWS
from schemas.window_rows import SIGNAL_FAMILY, WINDOW_FAMILY, qualifier, row_key
from security.context import CellContext
from security.key_names import TenantKeyNames
from security.sealing import Sealer
from security.vault import Vault, VaultSettings
from transforms.engine import SignalEngine, StreamSpec, WindowBatch
from transforms.epoch_rows import window_content, windows_per_bucket
from transforms.rows_to_seal import cell_context

TENANT, SUBJECT = "bench000", "bench00000000000"
PLACE = EpochPlace(TENANT, "0" * 32, "eeg0", 0, SUBJECT)
NAMES = TenantKeyNames(project="bench", location="europe-west3")
STEP_UV = 0.1  # of the amplifier
TURNS, WARM_UP_S, TURN_S = 15, 40.0, 60.0  # of signal

Message = tuple[bytes, CellContext]


def measure() -> list[dict[str, float | str]]:
    """Shares of processor time, and bytes, for each workload; medians over turns.

    For one window: `engine_us`, `window_path_us` (engine and contents of the cells) and
    `sealing_us`; `share` is of the window path.
    """
    with bench_vault() as vault:
        return [_measure(workload, vault.sealer) for workload in WORKLOADS]


def _measure(workload: Workload, sealer: Sealer) -> dict[str, float | str]:
    path, supply = _Path(workload), blocks(workload)
    for _ in range(int(WARM_UP_S / workload.block_s)):
        sealer.seal_all(path.push(_counted(next(supply))))
    turns = []
    for _ in range(TURNS):
        packets = [_counted(next(supply)) for _ in range(int(TURN_S / workload.block_s))]
        windows_before, engine_before = path.n_windows, path.engine_s
        began = time.process_time()
        messages = [path.push(packet) for packet in packets]
        pushed = time.process_time()
        sealed = [sealer.seal_all(cells) for cells in messages]
        ended = time.process_time()
        n_windows = path.n_windows - windows_before
        n_bytes = sum(len(cell) for cells in sealed for cell in cells)
        turns.append(
            {
                "engine_us": 1e6 * (path.engine_s - engine_before) / n_windows,
                "window_path_us": 1e6 * (pushed - began) / n_windows,
                "sealing_us": 1e6 * (ended - pushed) / n_windows,
                "share": (ended - pushed) / (pushed - began),
                "mb_per_hour": n_bytes * 3600 / TURN_S / 1e6,
            }
        )
    medians = {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}
    return {"workload": workload.name, **medians}


def _counted(block: Float64) -> Float64:
    """As an amplifier counts."""
    return np.round(block / STEP_UV) * STEP_UV


class _Path:
    """Packets to the contents of cells: one of windows and one of samples for each packet.

    Attributes:
      n_windows, engine_s: so far; seconds of processor time.
    """

    def __init__(self, workload: Workload):
        spec = StreamSpec("eeg", workload.sampling_rate_hz, workload.channels, line_hz=LINE_HZ)
        self._engine, self._bucket = SignalEngine(spec), windows_per_bucket(spec)
        self._grid = find_grid(_counted(next(blocks(workload))))
        self._first_sample = self.n_windows = 0
        self.engine_s = 0.0

    def push(self, samples: Float64) -> list[Message]:
        began = time.process_time()
        batch = self._engine.push(self._first_sample, samples)
        self.engine_s += time.process_time() - began
        self.n_windows += len(batch)
        messages, per_window = [], max(1, len(samples) // max(1, len(batch)))
        for low in range(0, len(batch), MAX_WINDOWS):
            high = min(low + MAX_WINDOWS, len(batch))
            windows = window_content(batch, low, high)
            messages.append((windows, self._context(batch, low, high, WINDOW_FAMILY)))
            stop = len(samples) if high == len(batch) else high * per_window
            piece = SignalCell(self._first_sample, samples[low * per_window : stop])
            content = encode_signal_cell(piece, self._grid)
            messages.append((content, self._context(batch, low, high, SIGNAL_FAMILY)))
        self._first_sample += len(samples)
        return messages

    def _context(self, batch: WindowBatch, low: int, high: int, family: str) -> CellContext:
        first, last = int(batch.index[low]), int(batch.index[high - 1])
        key = row_key(PLACE, first, self._bucket)
        return cell_context(PLACE, key, family, qualifier(first, last, self._bucket), 0)


@contextlib.contextmanager
def bench_vault() -> Iterator[Vault]:
    """Keys of one subject, on a key service and tables that end with it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalKms(Path(folder)) as kms,
        bigtable_emulator(),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # Google's client warns of every emulator
        create_table(KEYSETS, project="bench", instance="bench")
        client = kms.client()
        place = f"projects/{NAMES.project}/locations/{NAMES.location}"
        ring = client.create_key_ring(
            parent=place, key_ring_id=NAMES.key_ring, key_ring=kms_v1.KeyRing()
        )
        client.create_crypto_key(
            parent=ring.name,
            crypto_key_id=NAMES.subjects(TENANT).rpartition("/")[2],
            crypto_key=kms_v1.CryptoKey(purpose="ENCRYPT_DECRYPT"),
        )
        settings = VaultSettings(NAMES, "bench", "bench", kms_loopback_address=kms.address)
        with Vault(settings) as vault:
            yield vault
