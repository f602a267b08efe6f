/* Reads one byte past a heap allocation as soon as it is loaded, like asan-probe.rs: for C code that cargo builds. */

#include <stdlib.h>

__attribute__((constructor)) static void read_past_the_end(void) {
  volatile char *bytes = malloc(16);
  volatile size_t length = 16;
  (void)bytes[length];
}
