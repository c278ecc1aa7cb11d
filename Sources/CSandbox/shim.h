// What a process gives up for good, as far as Swift cannot call it: variadic functions, macros
// with casts, and what glibc declares only under _GNU_SOURCE.
#ifndef CSANDBOX_SHIM_H
#define CSANDBOX_SHIM_H

#include <errno.h>
#include <seccomp.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int pipe2(int descriptors[2], int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);

static inline int csandbox_forbid_new_privileges(void) {
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

// No core file, and no other process of the user may look inside.
static inline int csandbox_forbid_inspection(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

// Sets a limit, or what is below it when the process may not have that much to begin with.
static inline int csandbox_set_limit(int resource, uint64_t soft, uint64_t hard) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) < 0) return -1;
  if (hard < limit.rlim_max) limit.rlim_max = hard;
  limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
  return setrlimit(resource, &limit);
}

static inline uint32_t csandbox_fail_with(uint16_t code) { return SCMP_ACT_ERRNO(code); }

// Landlock, by number: glibc has no wrappers, and older headers know fewer rights than the kernel.
// https://docs.kernel.org/userspace-api/landlock.html
struct csandbox_landlock_rules {
  uint64_t file_rights;
  uint64_t network_rights;
  uint64_t scopes;
};

// Forbids every right that this kernel's Landlock knows, on every file. Returns 0 when done, 1
// when the kernel has no Landlock or it is switched off, -1 with errno on a failure.
static inline int csandbox_forbid_files(void) {
  enum { create_ruleset = 444, restrict_self = 446, ask_version = 1 };
  long version = syscall(create_ruleset, NULL, 0, ask_version);
  if (version < 0) return errno == ENOSYS || errno == EOPNOTSUPP ? 1 : -1;
  int file_rights = version >= 5 ? 16 : version >= 3 ? 15 : version >= 2 ? 14 : 13;
  struct csandbox_landlock_rules rules = {.file_rights = (1ull << file_rights) - 1};
  size_t size = sizeof rules.file_rights;
  if (version >= 4) {
    rules.network_rights = 3;
    size += sizeof rules.network_rights;
  }
  if (version >= 6) {
    rules.scopes = 3;
    size += sizeof rules.scopes;
  }
  long ruleset = syscall(create_ruleset, &rules, size, 0);
  if (ruleset < 0) return -1;
  long status = syscall(restrict_self, ruleset, 0);
  int code = errno;
  close((int)ruleset);
  errno = code;
  return status < 0 ? -1 : 0;
}

#endif
