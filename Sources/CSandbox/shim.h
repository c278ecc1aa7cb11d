// What a process gives up for good, and how it hands what it keeps to another, as far as Swift
// cannot call it: variadic functions, macros with casts, fork(2), and what glibc declares only
// under _GNU_SOURCE.
#ifndef CSANDBOX_SHIM_H
#define CSANDBOX_SHIM_H

#include <errno.h>
#include <seccomp.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int pipe2(int descriptors[2], int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
void closefrom(int first);
extern char **environ;

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

// For a process of one thread only.
static inline pid_t csandbox_fork(void) { return fork(); }

// Leaves nothing of the environment, neither to getenv(3) nor in memory.
static inline void csandbox_forget_environment(void) {
  for (char **next = environ; next && *next; next++) memset(*next, 0, strlen(*next));
  environ = NULL;
}

// A message of a local socket that keeps messages apart: two numbers, and descriptors, of which the
// kernel takes SCM_MAX_FD at most.
struct csandbox_message {
  int32_t numbers[2];
  int32_t descriptor_count;
  int32_t descriptors[253];
};

// Returns 0, or -1 with errno.
static inline int csandbox_send(int socket, const struct csandbox_message *message) {
  size_t size = (size_t)message->descriptor_count * sizeof(int32_t);
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof message->descriptors)];
  } control = {.header = {.cmsg_len = CMSG_LEN(size), .cmsg_level = SOL_SOCKET,
                          .cmsg_type = SCM_RIGHTS}};
  struct iovec part = {(void *)message->numbers, sizeof message->numbers};
  struct msghdr whole = {.msg_iov = &part, .msg_iovlen = 1};
  if (size > 0) {
    memcpy(CMSG_DATA(&control.header), message->descriptors, size);
    whole.msg_control = &control;
    whole.msg_controllen = CMSG_SPACE(size);
  }
  ssize_t sent;
  do sent = sendmsg(socket, &whole, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -1 : 0;
}

// Returns 1, 0 when the other end was closed, or -1 with errno: EMFILE when there was no room for
// the descriptors. Those that come are close-on-exec.
static inline int csandbox_receive(int socket, struct csandbox_message *message) {
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof message->descriptors)];
  } control;
  struct iovec part = {message->numbers, sizeof message->numbers};
  struct msghdr whole = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
                         .msg_controllen = sizeof control};
  ssize_t received;
  do received = recvmsg(socket, &whole, MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  if (received <= 0) return (int)received;
  struct cmsghdr *header = CMSG_FIRSTHDR(&whole);
  size_t size = header ? header->cmsg_len - CMSG_LEN(0) : 0;
  memcpy(message->descriptors, header ? CMSG_DATA(header) : control.bytes, size);
  message->descriptor_count = (int32_t)(size / sizeof(int32_t));
  if (received == sizeof message->numbers && !(whole.msg_flags & MSG_CTRUNC)) return 1;
  for (int32_t at = 0; at < message->descriptor_count; at++) close(message->descriptors[at]);
  errno = whole.msg_flags & MSG_CTRUNC ? EMFILE : EPROTO;
  return -1;
}

#endif
