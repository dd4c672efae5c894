"""A payload of the RICE codec to numbers, compiled. No payload makes it read or write elsewhere."""

from __future__ import annotations

import numpy as np

from schemas.codec_rice_layout import ALL_ZERO, ESCAPE, PARTITION, TAP_BITS, compiled, wrapped

_TRAILING_ZEROS = np.array([8] + [(n & -n).bit_length() - 1 for n in range(1, 256)], np.uint8)


@compiled
def decode(payload, planar):
    """Fills `planar`; False if the payload is none, or not used up."""
    bits = np.zeros(3, np.uint64)  # held, how many, bytes read
    for channel in range(len(planar)):
        if not _take_channel(payload, bits, planar, channel):
            return False
    unread = len(payload) - np.int64(bits[2]) + np.int64(bits[1]) // 8
    return unread == 0 and bits[0] == 0  # bits that fill the last byte are 0


@compiled
def _take_channel(payload, bits, planar, channel):
    row = planar[channel]
    head = _take(payload, bits, 7)
    reference, order, has_taps = head & 15, head >> 4 & 3, head >> 6
    if head < 0 or reference > channel:
        return False
    taps = _take(payload, bits, 16) if has_taps else 0
    width = _take(payload, bits, 6)
    if taps < 0 or width < 0 or width > 32:
        return False
    first = _take(payload, bits, width)
    if first < 0:
        return False
    row[0] = 0
    for start in range(1, len(row), PARTITION):
        if not _take_partition(payload, bits, row[start : start + PARTITION]):
            return False
    tap1, tap2 = np.int64(np.int8(taps & 255)), np.int64(np.int8(taps >> 8))
    _restore(row, order, tap1, tap2, _unfolded(first))
    if reference:
        for i in range(len(row)):
            row[i] = np.int32(np.int64(row[i]) + planar[channel - reference, i])
    return True


@compiled
def _take_partition(payload, bits, residuals):
    parameter = _take(payload, bits, 5)
    if parameter < 0:
        return False
    if parameter == ALL_ZERO:
        residuals[:] = 0
        return True
    return _take_codes(payload, bits, residuals, parameter)


@compiled
def _take_codes(payload, bits, residuals, parameter):
    held, count, place = bits[0], bits[1], bits[2]  # in registers: this is most of the time
    size = np.uint64(len(payload))
    mask = (np.uint64(1) << np.uint64(parameter)) - np.uint64(1)
    for i in range(len(residuals)):
        while count <= 56 and place < size:
            held |= np.uint64(payload[place]) << count
            count += np.uint64(8)
            place += np.uint64(1)
        quotient = np.uint64(_TRAILING_ZEROS[held & np.uint64(255)])
        while quotient < ESCAPE and (held >> quotient & np.uint64(1)) == 0:
            quotient += np.uint64(1)
        held >>= quotient
        if quotient < ESCAPE:
            needed = quotient + np.uint64(1 + parameter)
            code = quotient << np.uint64(parameter) | (held >> np.uint64(1) & mask)
            held >>= np.uint64(1 + parameter)
        else:
            needed = np.uint64(ESCAPE + 1 + 32)
            if held & np.uint64(1) == 0:
                return False
            code = held >> np.uint64(1) & np.uint64(0xFFFFFFFF)
            held >>= np.uint64(33)
        if needed > count:
            return False
        count -= needed
        residuals[i] = np.int32(_unfolded(np.int64(code)))
    bits[0], bits[1], bits[2] = held, count, place
    return True


@compiled
def _restore(row, order, tap1, tap2, first):
    """Residuals to the signal, in place."""
    before1, before2 = np.int64(0), np.int64(0)
    sum1, sum2, sum3 = np.int64(0), np.int64(0), np.int64(0)
    for i in range(len(row)):
        level = wrapped(row[i] + ((tap1 * before1 + tap2 * before2 + 16) >> TAP_BITS))
        before1, before2 = level, before1
        if order > 2:
            sum3 = level = wrapped(level + sum3)
        if order > 1:
            sum2 = level = wrapped(level + sum2)
        if order > 0:
            sum1 = level = wrapped(level + sum1)
        row[i] = np.int32(level + first)


@compiled
def _take(payload, bits, count):
    """The next `count` bits, at most 32; -1 where the payload ends."""
    while bits[1] < count:  # never shifts by 64: at most 64 bits are held
        if bits[2] >= len(payload):
            return np.int64(-1)
        bits[0] |= np.uint64(payload[bits[2]]) << bits[1]
        bits[1] += np.uint64(8)
        bits[2] += np.uint64(1)
    taken = bits[0] & ((np.uint64(1) << np.uint64(count)) - np.uint64(1))
    bits[0] >>= np.uint64(count)
    bits[1] -= np.uint64(count)
    return np.int64(taken)


@compiled
def _unfolded(code):
    return code >> 1 ^ -(code & 1)
