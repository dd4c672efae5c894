/* Encodes and decodes what comes on standard input, for tests/devices/c/test_rice.py.
 * A request: 'e' or 'd', then three uint32 (samples, channels, bytes), then so many bytes.
 * An answer: uint32 length, then the payload or the numbers; UINT32_MAX for a refusal.
 * Every buffer is exactly as large as rice.h says, so that a sanitizer sees any step beside it. */
#include <stdio.h>
#include <stdlib.h>

#include "rice.h"

static void answer(const void *found, uint32_t length) {
  fwrite(&length, sizeof length, 1, stdout);
  if (found) fwrite(found, 1, length, stdout);
}

static void *room(size_t n_bytes) {
  void *found = malloc(n_bytes ? n_bytes : 1);
  if (!found) exit(3);
  return found;
}

int main(void) {
  int kind;
  while ((kind = getchar()) != EOF) {
    uint32_t n[3];
    if (fread(n, sizeof n, 1, stdin) != 1) return 2;
    size_t n_numbers = (size_t)n[0] * n[1];
    uint8_t *given = room(n[2]);
    if (fread(given, 1, n[2], stdin) != n[2]) return 2;
    if (kind == 'e') {
      int32_t *scratch = room(RICE_SCRATCH(n[0], n[1]) * sizeof *scratch);
      uint8_t *payload = room(RICE_MAX_BYTES(n[0], n[1]));
      size_t length = rice_encode((const int32_t *)(void *)given, n[0], n[1], scratch, payload);
      answer(payload, (uint32_t)length);
      free(scratch);
      free(payload);
    } else {
      int32_t *numbers = room(n_numbers * sizeof *numbers);
      if (rice_decode(given, n[2], n[0], n[1], numbers))
        answer(numbers, (uint32_t)(n_numbers * sizeof *numbers));
      else
        answer(NULL, UINT32_MAX);
      free(numbers);
    }
    free(given);
    fflush(stdout);
  }
  return 0;
}
