#include "rice.h"

#include <math.h>

enum { PARTITION = 128, ESCAPE = 20, ALL_ZERO = 31, TAPS_ARE_WORTH = 12 };

/* All sums are modulo 2^32. The casts back to int32_t are two's complement wherever compilers of
 * this century run. */
static int32_t add(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
static int32_t sub(int32_t a, int32_t b) { return (int32_t)((uint32_t)a - (uint32_t)b); }
static int64_t magnitude(int32_t a) { return a < 0 ? -(int64_t)a : a; }

/* 0, -1, 1, -2, ... as 0, 1, 2, 3, ... and back. */
static uint32_t fold(int32_t a) { return ((uint32_t)a << 1) ^ (a < 0 ? 0xFFFFFFFFu : 0u); }
static int32_t unfold(uint32_t u) { return (int32_t)((u >> 1) ^ (u & 1 ? 0xFFFFFFFFu : 0u)); }

/* Shifts right, rounding down, whatever the sign. */
static int64_t shift5(int64_t a) { return a >= 0 ? a >> 5 : -((-a + 31) >> 5); }

static int width_of(uint64_t u) {
  int width = 0;
  while (u >> width) width++;
  return width;
}

/* ---- encoder ---- */

typedef struct {
  uint8_t *next;
  uint64_t held;
  int count;
} Writer;

static void put(Writer *w, uint64_t value, int count) {
  w->held |= value << w->count;
  w->count += count;
  while (w->count >= 8) {
    *w->next++ = (uint8_t)w->held;
    w->held >>= 8;
    w->count -= 8;
  }
}

static void difference(const int32_t *row, size_t n, int32_t *out) {
  out[0] = 0;
  for (size_t i = 1; i < n; i++) out[i] = sub(row[i], row[i - 1]);
}

static int64_t size_of(const int32_t *row, size_t n) {
  int64_t total = 0;
  for (size_t i = 0; i < n; i++) total += magnitude(row[i]);
  return total;
}

static size_t best_reference(const int32_t *steps, size_t channel, size_t n) {
  static const size_t backs[] = {1, 2, 3, 4, 8};
  const int32_t *own = steps + channel * n;
  size_t best = 0;
  int64_t least = size_of(own, n);
  for (size_t b = 0; b < 5 && backs[b] <= channel; b++) {
    const int32_t *other = own - backs[b] * n;
    int64_t total = 0;
    for (size_t i = 0; i < n; i++) total += magnitude(sub(own[i], other[i]));
    if (total < least) best = backs[b], least = total;
  }
  return best;
}

static int tap_of(double numerator, double determinant) {
  double tap = floor(numerator / determinant * 32.0 + 0.5);
  return (int)(tap < -128.0 ? -128.0 : tap > 127.0 ? 127.0 : tap);
}

static void find_taps(const int32_t *row, size_t n, int *tap1, int *tap2) {
  double r0 = 0, r1 = 0, r2 = 0;
  for (size_t i = 2; i < n; i++) {
    r0 += (double)row[i] * (double)row[i];
    r1 += (double)row[i] * (double)row[i - 1];
    r2 += (double)row[i] * (double)row[i - 2];
  }
  double determinant = r0 * r0 - r1 * r1;
  *tap1 = *tap2 = 0;
  if (!(determinant > 0)) return;
  *tap1 = tap_of(r1 * (r0 - r2), determinant);
  *tap2 = tap_of(r0 * r2 - r1 * r1, determinant);
}

static void filter(const int32_t *row, size_t n, int tap1, int tap2, int32_t *out) {
  int64_t before1 = 0, before2 = 0;
  for (size_t i = 0; i < n; i++) {
    int64_t expected = shift5(tap1 * before1 + tap2 * before2 + 16);
    out[i] = sub(row[i], (int32_t)(uint32_t)(uint64_t)expected);
    before2 = before1, before1 = row[i];
  }
}

/* levels: four rows, of which the first is given. Leaves the smallest residuals in `chosen`. */
static int predict(int32_t *levels, size_t n, int32_t *chosen, int32_t *tried, int taps[2]) {
  int best = 0;
  int64_t least = size_of(levels, n);
  for (int order = 1; order < 4; order++) {
    difference(levels + (size_t)(order - 1) * n, n, levels + (size_t)order * n);
    int64_t size = size_of(levels + (size_t)order * n, n);
    if (size < least) best = order, least = size;
  }
  for (size_t i = 0; i < n; i++) chosen[i] = levels[(size_t)best * n + i];
  taps[0] = taps[1] = 0;
  for (int order = 0; order < 3; order++) {
    int tap1, tap2;
    find_taps(levels + (size_t)order * n, n, &tap1, &tap2);
    if (tap1 == 0 && tap2 == 0) continue;
    filter(levels + (size_t)order * n, n, tap1, tap2, tried);
    int64_t size = size_of(tried, n);
    if (size + size * TAPS_ARE_WORTH / (int64_t)n >= least) continue; /* they take 16 bits */
    best = order, least = size, taps[0] = tap1, taps[1] = tap2;
    for (size_t i = 0; i < n; i++) chosen[i] = tried[i];
  }
  return best;
}

static void put_partition(Writer *w, const int32_t *residuals, size_t n) {
  uint64_t total = 0, least = UINT64_MAX;
  for (size_t i = 0; i < n; i++) total += fold(residuals[i]);
  if (total == 0) {
    put(w, ALL_ZERO, 5);
    return;
  }
  int lowest = width_of(total / n) - 2, parameter = 0;
  if (lowest < 0) lowest = 0;
  for (int k = lowest; k < lowest + 3 && k < ALL_ZERO; k++) {
    uint64_t cost = n * (uint64_t)k;
    for (size_t i = 0; i < n; i++) cost += fold(residuals[i]) >> k;
    if (cost < least) parameter = k, least = cost;
  }
  put(w, (uint64_t)parameter, 5);
  for (size_t i = 0; i < n; i++) {
    uint64_t code = fold(residuals[i]);
    int quotient = (code >> parameter) < ESCAPE ? (int)(code >> parameter) : ESCAPE;
    uint64_t rest = quotient < ESCAPE ? code & (((uint64_t)1 << parameter) - 1) : code;
    put(w, (rest << 1 | 1) << quotient, quotient + 1 + (quotient < ESCAPE ? parameter : 32));
  }
}

size_t rice_encode(const int32_t *numbers, size_t n, size_t n_channels, int32_t *scratch,
                   uint8_t *payload) {
  int32_t *steps = scratch, *levels = steps + n * n_channels;
  int32_t *chosen = levels + 4 * n, *tried = chosen + n;
  Writer w = {payload, 0, 0};
  for (size_t channel = 0; channel < n_channels; channel++) {
    int32_t *own = steps + channel * n;
    own[0] = 0;
    for (size_t i = 1; i < n; i++)
      own[i] = sub(numbers[i * n_channels + channel], numbers[(i - 1) * n_channels + channel]);
    size_t back = best_reference(steps, channel, n);
    for (size_t i = 0; i < n; i++) {
      const int32_t *at = numbers + i * n_channels + channel;
      levels[i] = back ? sub(*at, *(at - back)) : *at;
    }
    uint32_t first = fold(levels[0]);
    int32_t offset = levels[0];
    for (size_t i = 0; i < n; i++) levels[i] = sub(levels[i], offset);
    int taps[2];
    int order = predict(levels, n, chosen, tried, taps);
    int has_taps = taps[0] != 0 || taps[1] != 0, width = width_of(first);
    put(&w, back | (uint64_t)order << 4 | (uint64_t)has_taps << 6, 7);
    if (has_taps) put(&w, (uint64_t)(taps[0] & 255) | (uint64_t)(taps[1] & 255) << 8, 16);
    put(&w, (uint64_t)width, 6);
    put(&w, first, width);
    for (size_t i = 1; i < n; i += PARTITION)
      put_partition(&w, chosen + i, n - i < PARTITION ? n - i : PARTITION);
  }
  put(&w, 0, (8 - w.count) % 8);
  return (size_t)(w.next - payload);
}

/* ---- decoder ---- */

typedef struct {
  const uint8_t *next, *end;
  uint64_t held;
  int count, failed;
} Reader;

static uint32_t take(Reader *r, int count) {
  while (r->count < count) {
    if (r->next == r->end) {
      r->failed = 1;
      return 0;
    }
    r->held |= (uint64_t)*r->next++ << r->count;
    r->count += 8;
  }
  uint32_t taken = (uint32_t)(r->held & (((uint64_t)1 << count) - 1));
  r->held >>= count;
  r->count -= count;
  return taken;
}

static int32_t take_residual(Reader *r, int parameter) {
  uint32_t quotient = 0;
  while (quotient < ESCAPE && !r->failed && !take(r, 1)) quotient++;
  if (quotient < ESCAPE) return unfold((quotient << parameter) | take(r, parameter));
  if (!take(r, 1)) r->failed = 1;
  return unfold(take(r, 32));
}

static int32_t int8_of(uint32_t byte) { return (int32_t)(byte & 127) - (int32_t)(byte & 128); }

static void take_channel(Reader *r, int32_t *numbers, size_t n, size_t n_channels, size_t channel) {
  uint32_t head = take(r, 7), back = head & 15, order = head >> 4 & 3;
  uint32_t taps = head >> 6 ? take(r, 16) : 0;
  int width = (int)take(r, 6), parameter = 0;
  if (back > channel || width > 32) r->failed = 1;
  int32_t first = r->failed ? 0 : unfold(take(r, width));
  int64_t before1 = 0, before2 = 0;
  int32_t sums[3] = {0, 0, 0};
  for (size_t i = 0; i < n && !r->failed; i++) {
    if (i % PARTITION == 1) parameter = (int)take(r, 5);
    int32_t level = i && parameter != ALL_ZERO ? take_residual(r, parameter) : 0;
    int64_t expected =
        shift5(int8_of(taps & 255) * before1 + int8_of(taps >> 8 & 255) * before2 + 16);
    level = add(level, (int32_t)(uint32_t)(uint64_t)expected);
    before2 = before1, before1 = level;
    for (uint32_t o = order; o > 0; o--) level = sums[o - 1] = add(level, sums[o - 1]);
    level = add(level, first);
    int32_t *at = numbers + i * n_channels + channel;
    *at = back ? add(level, *(at - back)) : level;
  }
}

int rice_decode(const uint8_t *payload, size_t n_bytes, size_t n, size_t n_channels,
                int32_t *numbers) {
  Reader r = {payload, payload + n_bytes, 0, 0, 0};
  for (size_t channel = 0; channel < n_channels && !r.failed; channel++)
    take_channel(&r, numbers, n, n_channels, channel);
  return !r.failed && r.next == r.end && r.count < 8 && r.held == 0;
}
