// LD_PRELOAD: counts the calls that change files below $FAULT_ROOT, in all processes of a command together, and
// at the $FAULT_AT-th kills the process ($FAULT_ERRNO=0) or fails the call with that errno, that one or
// ($FAULT_ON=1) every one from there on. The file $FAULT_COUNT takes the count, and the name of the last call failed.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
  _Atomic long count;
  char failed[56];
} *shared;
static const char *root;
static long at = -1, error_number, from_there_on;

static __attribute__((constructor)) void begin(void) {
  const char *file = getenv("FAULT_COUNT");
  int descriptor = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
  if (descriptor < 0) return;
  void *page = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (page == MAP_FAILED) return;
  root = strdup(getenv("FAULT_ROOT"));  // A copy: the server of readers wipes its environment.
  at = atol(getenv("FAULT_AT"));
  error_number = atol(getenv("FAULT_ERRNO"));
  from_there_on = atol(getenv("FAULT_ON"));
  shared = page;
}

static int below(const char *path) { return !strncmp(path, root, strlen(root)); }

static int open_below(int descriptor) {
  char link[64], path[4096];
  if (!shared) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return below(path);
}

static int named_below(int folder, const char *path) {
  if (!shared) return 0;
  return path[0] == '/' ? below(path) : folder == AT_FDCWD ? 0 : open_below(folder);
}

static int fails(const char *name) {
  long now = atomic_fetch_add(&shared->count, 1) + 1;
  if (at < 1 || (from_there_on ? now < at : now != at)) return 0;
  snprintf(shared->failed, sizeof shared->failed, "%s", name);
  if (error_number == 0) kill(getpid(), SIGKILL);
  errno = error_number;
  return 1;
}

#define WRAP(type, name, parameters, arguments, concerned) \
  type name parameters { \
    static type(*real) parameters; \
    if (!real) real = dlsym(RTLD_NEXT, #name); \
    if ((concerned) && fails(#name)) return -1; \
    return real arguments; \
  }
WRAP(ssize_t, write, (int f, const void *b, size_t n), (f, b, n), open_below(f))
WRAP(ssize_t, writev, (int f, const struct iovec *v, int n), (f, v, n), open_below(f))
WRAP(ssize_t, pwrite, (int f, const void *b, size_t n, off_t o), (f, b, n, o), open_below(f))
WRAP(ssize_t, pwrite64, (int f, const void *b, size_t n, off64_t o), (f, b, n, o), open_below(f))
WRAP(ssize_t, copy_file_range, (int f, off64_t *o, int g, off64_t *p, size_t n, unsigned l), (f, o, g, p, n, l), open_below(g))
WRAP(int, fsync, (int f), (f), open_below(f))
WRAP(int, fdatasync, (int f), (f), open_below(f))
WRAP(int, syncfs, (int f), (f), open_below(f))
WRAP(int, ftruncate, (int f, off_t n), (f, n), open_below(f))
WRAP(int, ftruncate64, (int f, off64_t n), (f, n), open_below(f))
WRAP(int, fallocate, (int f, int m, off_t o, off_t n), (f, m, o, n), open_below(f))
WRAP(int, fallocate64, (int f, int m, off64_t o, off64_t n), (f, m, o, n), open_below(f))
WRAP(int, rename, (const char *a, const char *b), (a, b), named_below(AT_FDCWD, b))
WRAP(int, renameat, (int d, const char *a, int e, const char *b), (d, a, e, b), named_below(e, b))
WRAP(int, renameat2, (int d, const char *a, int e, const char *b, unsigned l), (d, a, e, b, l), named_below(e, b))
WRAP(int, linkat, (int d, const char *a, int e, const char *b, int l), (d, a, e, b, l), named_below(e, b))
WRAP(int, unlink, (const char *p), (p), named_below(AT_FDCWD, p))
WRAP(int, unlinkat, (int d, const char *p, int l), (d, p, l), named_below(d, p))
WRAP(int, rmdir, (const char *p), (p), named_below(AT_FDCWD, p))
WRAP(int, mkdir, (const char *p, mode_t m), (p, m), named_below(AT_FDCWD, p))
WRAP(int, mkdirat, (int d, const char *p, mode_t m), (d, p, m), named_below(d, p))

#define WRAP_OPEN(name, folder, ...) \
  int name(__VA_ARGS__ const char *p, int l, ...) { \
    static int (*real)(__VA_ARGS__ const char *, int, ...); \
    if (!real) real = dlsym(RTLD_NEXT, #name); \
    va_list rest; \
    va_start(rest, l); \
    mode_t mode = l & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    if ((l & O_CREAT) && named_below(folder, p) && fails(#name)) return -1; \
    return REAL_##name; \
  }
#define COMMA ,
#define REAL_open real(p, l, mode)
#define REAL_open64 real(p, l, mode)
#define REAL_openat real(d, p, l, mode)
#define REAL_openat64 real(d, p, l, mode)
WRAP_OPEN(open, AT_FDCWD, )
WRAP_OPEN(open64, AT_FDCWD, )
WRAP_OPEN(openat, d, int d COMMA)
WRAP_OPEN(openat64, d, int d COMMA)
