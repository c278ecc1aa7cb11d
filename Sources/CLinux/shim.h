// What glibc declares only under _GNU_SOURCE, which Swift's Glibc module does not set.
#pragma once

#include <sys/vfs.h>

long copy_file_range(
    int from, long *from_offset, int to, long *to_offset, unsigned long count,
    unsigned int flags);
int memfd_create(const char *name, unsigned int flags);
int renameat2(
    int from_folder, const char *from, int to_folder, const char *to, unsigned int flags);

// From <linux/memfd.h>, <linux/fs.h> and <asm-generic/fcntl.h>; O_DIRECT differs on 64-bit ARM.
static const unsigned int MEMFD_CLOEXEC_FLAG = 1;
static const unsigned int RENAME_NOREPLACE_FLAG = 1;
static const unsigned int RENAME_EXCHANGE_FLAG = 2;
static const int O_TMPFILE_FLAG = 020200000;
#if defined(__aarch64__)
static const int O_DIRECT_FLAG = 0200000;
#else
static const int O_DIRECT_FLAG = 040000;
#endif

// The kind of file system at a path, as statfs(2) numbers them; 0 when it cannot be told. A
// function, because in C the call and its struct share a name.
static inline long file_system_magic(const char *path) {
  struct statfs status;
  return statfs(path, &status) == 0 ? (long)status.f_type : 0;
}
