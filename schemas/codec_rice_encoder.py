"""Numbers to a payload of the RICE codec, compiled."""

from __future__ import annotations

import numpy as np

from schemas.codec_rice_layout import ALL_ZERO, ESCAPE, PARTITION, TAP_BITS, compiled, wrapped

_TAPS_ARE_WORTH = 12


@compiled
def encode(planar, payload):
    """Fills `payload`; returns how many bytes of it."""
    n_channels, n_samples = planar.shape
    bits = np.zeros(3, np.uint64)  # held, how many, bytes written
    steps = np.zeros((n_channels, n_samples), np.int32)  # of each channel, for the reference
    levels = np.zeros((4, n_samples), np.int32)  # the signal, and its differences of order 1 to 3
    chosen, tried = np.zeros(n_samples, np.int32), np.zeros(n_samples, np.int32)
    for channel in range(n_channels):
        _difference(planar[channel], steps[channel])
        reference = _best_reference(steps, channel)
        first = np.int64(planar[channel, 0])
        if reference:
            first = wrapped(first - planar[channel - reference, 0])
        for i in range(n_samples):
            other = np.int64(planar[channel - reference, i]) if reference else np.int64(0)
            levels[0, i] = np.int32(planar[channel, i] - other - first)
        order, tap1, tap2 = _predict(levels, chosen, tried)
        has_taps = tap1 != 0 or tap2 != 0
        _put(payload, bits, reference | order << 4 | has_taps << 6, 7)
        if has_taps:
            _put(payload, bits, (tap1 & 255) | (tap2 & 255) << 8, 16)
        first = _folded(first)
        width = _width(first)
        _put(payload, bits, width, 6)
        _put(payload, bits, first, width)
        for start in range(1, n_samples, PARTITION):
            _put_partition(payload, bits, chosen[start : start + PARTITION])
    _put(payload, bits, 0, (8 - bits[1]) % 8)
    return np.int64(bits[2])


@compiled
def _best_reference(steps, channel):
    """The neighbour whose steps are most like the channel's; 0 if none is better than none."""
    best, least = 0, _size(steps[channel])
    for back in (1, 2, 3, 4, 8):
        if back > channel:
            break
        total = np.int64(0)
        for i in range(steps.shape[1]):
            total += abs(wrapped(np.int64(steps[channel, i]) - steps[channel - back, i]))
        if total < least:
            best, least = back, total
    return best


@compiled
def _predict(levels, chosen, tried):
    """Leaves the smallest residuals in `chosen`; returns the order and the two taps."""
    n_samples = levels.shape[1]
    best_order, best1, best2 = 0, 0, 0
    least = _size(levels[0])
    for order in range(1, 4):
        _difference(levels[order - 1], levels[order])
        size = _size(levels[order])
        if size < least:
            best_order, least = order, size
    chosen[:] = levels[best_order]
    for order in range(3):
        tap1, tap2 = _taps(levels[order])
        if tap1 == 0 and tap2 == 0:
            continue
        _filter(levels[order], tap1, tap2, tried)
        size = _size(tried)
        if size + size * _TAPS_ARE_WORTH // n_samples < least:  # they take 16 bits
            best_order, best1, best2, least = order, tap1, tap2, size
            chosen[:] = tried
    return best_order, best1, best2


@compiled
def _taps(row):
    """Least squares: row[i] from row[i - 1] and row[i - 2], in units of 1/32, -128 to 127."""
    r0, r1, r2 = 0.0, 0.0, 0.0
    for i in range(2, len(row)):
        now = np.float64(row[i])
        r0 += now * now
        r1 += now * np.float64(row[i - 1])
        r2 += now * np.float64(row[i - 2])
    determinant = r0 * r0 - r1 * r1
    if not determinant > 0.0:
        return 0, 0
    tap1 = np.floor(r1 * (r0 - r2) / determinant * 32.0 + 0.5)
    tap2 = np.floor((r0 * r2 - r1 * r1) / determinant * 32.0 + 0.5)
    return np.int64(min(max(tap1, -128.0), 127.0)), np.int64(min(max(tap2, -128.0), 127.0))


@compiled
def _filter(row, tap1, tap2, out):
    before1, before2 = np.int64(0), np.int64(0)
    for i in range(len(row)):
        now = np.int64(row[i])
        out[i] = np.int32(now - ((tap1 * before1 + tap2 * before2 + 16) >> TAP_BITS))
        before1, before2 = now, before1


@compiled
def _put_partition(payload, bits, residuals):
    total, cost = np.int64(0), np.int64(0)
    for i in range(len(residuals)):
        total += _folded(np.int64(residuals[i]))
    if total == 0:
        _put(payload, bits, ALL_ZERO, 5)
        return
    parameter = max(_width(total // len(residuals)) - 2, 0)
    least = np.int64(1) << 62
    for candidate in range(parameter, min(parameter + 3, ALL_ZERO)):
        cost = len(residuals) * np.int64(candidate)
        for i in range(len(residuals)):
            cost += _folded(np.int64(residuals[i])) >> candidate
        if cost < least:
            parameter, least = candidate, cost
    _put(payload, bits, parameter, 5)
    _put_codes(payload, bits, residuals, parameter)


@compiled
def _put_codes(payload, bits, residuals, parameter):
    held, count, place = bits[0], bits[1], bits[2]  # in registers: this is most of the time
    mask = (np.int64(1) << parameter) - 1
    for i in range(len(residuals)):
        code = _folded(np.int64(residuals[i]))
        quotient = code >> parameter
        if quotient < ESCAPE:
            held |= np.uint64(((code & mask) << 1 | 1) << quotient) << count
            count += np.uint64(quotient + 1 + parameter)
        else:
            held |= np.uint64((code << 1 | 1) << ESCAPE) << count
            count += np.uint64(ESCAPE + 1 + 32)
        while count >= 8:
            payload[place] = np.uint8(held & np.uint64(255))
            held >>= np.uint64(8)
            count -= np.uint64(8)
            place += np.uint64(1)
    bits[0], bits[1], bits[2] = held, count, place


@compiled
def _difference(row, out):
    """What was before the first sample is taken to be as the first."""
    out[0] = 0
    for i in range(1, len(row)):
        out[i] = np.int32(np.int64(row[i]) - row[i - 1])


@compiled
def _size(residuals):
    total = np.int64(0)
    for i in range(len(residuals)):
        total += abs(np.int64(residuals[i]))
    return total


@compiled
def _put(payload, bits, value, count):
    """Appends the `count` low bits of `value`, lowest first."""
    bits[0] |= np.uint64(value) << bits[1]
    bits[1] += np.uint64(count)
    while bits[1] >= 8:
        payload[bits[2]] = np.uint8(bits[0] & np.uint64(255))
        bits[0] >>= np.uint64(8)
        bits[1] -= np.uint64(8)
        bits[2] += np.uint64(1)


@compiled
def _folded(value):
    """0, -1, 1, -2, ... as 0, 1, 2, 3, ..."""
    return (value << 1 ^ value >> 63) & 0xFFFFFFFF


@compiled
def _width(code):
    width = 0
    while code >> width:
        width += 1
    return width
