// What glibc declares only under _GNU_SOURCE, which Swift's Glibc module does not set, and a struct
// whose function Swift cannot call by its enumeration.
#pragma once

#include <sys/resource.h>

int memfd_create(const char *name, unsigned int flags);

// The most memory that this process ever had, in KiB; 0 when that cannot be told.
static inline long peak_memory_kilobytes(void) {
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : 0;
}
