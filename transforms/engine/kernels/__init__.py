"""The hot loops, compiled by numba: strict IEEE arithmetic, one order of operations.

No `fastmath`, no fused multiply-add, no reduction that may be reassociated: a result depends on
the samples alone, not on the block they came in or on the width of the CPU's vectors. Channels are
the innermost axis everywhere, so that they are what is vectorised.
"""
