/* The RICE codec of packets (docs/packet.md), for devices: C99, no allocation, no library.
 *
 * Byte for byte what schemas/codec_rice.py does, if the compiler neither fuses nor reorders
 * floating point (-ffp-contract=off, no -ffast-math). Another encoder may choose references, orders
 * and taps differently, or none at all: every decoder reads its payload.
 */
#ifndef NEURAL_ENGINE_RICE_H
#define NEURAL_ENGINE_RICE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that always suffice for a payload. */
#define RICE_MAX_BYTES(n_samples, n_channels)                                    \
  ((size_t)(n_channels) * (16 + ((size_t)(n_samples) + 127) / 128 +              \
                           ((size_t)(n_samples) * 53 + 7) / 8))

/* Numbers of scratch memory that rice_encode needs. */
#define RICE_SCRATCH(n_samples, n_channels) ((size_t)(n_samples) * ((size_t)(n_channels) + 6))

/* Encodes numbers[sample * n_channels + channel]; 1 or more samples and channels.
 * payload: RICE_MAX_BYTES bytes. scratch: RICE_SCRATCH numbers. Returns the payload's length. */
size_t rice_encode(const int32_t *numbers, size_t n_samples, size_t n_channels, int32_t *scratch,
                   uint8_t *payload);

/* Decodes a payload into numbers[sample * n_channels + channel].
 * Returns 1, or 0 if it is no payload of so many numbers. Reads and writes nothing out of bounds. */
int rice_decode(const uint8_t *payload, size_t n_bytes, size_t n_samples, size_t n_channels,
                int32_t *numbers);

#endif
