import CSandbox
import Glibc

/// A step of giving up what a reader does not need that the system refused.
struct SandboxError: Error, Hashable {
  let step: String
  let code: Int32
}

/// What a worker is left with: reading its source, writing its answer and its spool, memory and
/// time.
enum Sandbox {
  /// The address space. The program and its libraries take about 200 MB of it, and decoding the
  /// largest row of chunks that we allow three times its bytes.
  static let memoryBytes: UInt64 = 5 << 28

  /// Gives up all the rest, for good.
  static func enter(_ limits: SandboxLimits) throws(SandboxError) {
    try limit(
      RLIMIT_CPU, "RLIMIT_CPU", to: limits.processorSeconds, atMost: limits.mostProcessorSeconds)
    try limit(RLIMIT_AS, "RLIMIT_AS", to: memoryBytes)
    try limit(RLIMIT_FSIZE, "RLIMIT_FSIZE", to: limits.spoolBytes)
    try limit(RLIMIT_CORE, "RLIMIT_CORE", to: 0)
    try perform("PR_SET_NO_NEW_PRIVS", csandbox_forbid_new_privileges())
    try perform("PR_SET_DUMPABLE", csandbox_forbid_inspection())
    // A kernel without Landlock has seccomp, which alone forbids to open anything.
    try perform("landlock_restrict_self", csandbox_forbid_files())
    // Landlock takes a descriptor while it is set up.
    try limit(
      RLIMIT_NOFILE, "RLIMIT_NOFILE",
      to: UInt64(WorkerDescriptors.firstFile) + UInt64(limits.fileCount))
    try filterSystemCalls()
  }

  /// Grants the processor time for decoding some bytes, up to what `enter` left possible.
  static func grantTime(sourceBytes: UInt64, decodedBytes: UInt64) throws(SandboxError) {
    let seconds = ReadingTime.processorSeconds(
      sourceBytes: sourceBytes, decodedBytes: decodedBytes)
    try limit(RLIMIT_CPU, "RLIMIT_CPU", to: seconds, atMost: .max)
  }

  private static func limit(
    _ resource: __rlimit_resource, _ name: String, to value: UInt64, atMost hard: UInt64? = nil
  ) throws(SandboxError) {
    try perform(name, csandbox_set_limit(Int32(resource.rawValue), value, hard ?? value))
  }

  private static func perform(_ step: String, _ status: Int32) throws(SandboxError) {
    if status < 0 { throw SandboxError(step: step, code: errno) }
  }
}

// The system calls that are left. All others fail with EPERM, and do not kill: which ones the C
// library tries before it does without differs between its versions.
extension Sandbox {
  private static let allowed = [
    "pread64", "munmap", "mremap", "madvise", "brk", "futex", "getrandom", "clock_gettime",
    "gettimeofday", "getpid", "gettid", "sched_yield", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "restart_syscall", "exit", "exit_group",
  ]

  /// Those that are left for some values of their arguments only: writing to what is there for it,
  /// memory that is no file's and not executable, signals to itself, more of its own processor
  /// time.
  private static var allowedInPart: [(name: String, arguments: [scmp_arg_cmp])] {
    let notExecutable = argument(2, masked: UInt64(PROT_EXEC), is: 0)
    let anonymous = UInt64(MAP_ANONYMOUS)
    return [
      ("write", [argument(0, is: UInt64(WorkerDescriptors.answer))]),
      ("pwrite64", [argument(0, is: UInt64(WorkerDescriptors.spool))]),
      ("mmap", [notExecutable, argument(3, masked: anonymous, is: anonymous)]),
      ("mprotect", [notExecutable]),
      ("tgkill", [argument(0, is: UInt64(getpid()))]),
      ("prlimit64", [argument(0, is: 0), argument(1, is: UInt64(RLIMIT_CPU.rawValue))]),
    ]
  }

  private static func argument(_ index: UInt32, is value: UInt64) -> scmp_arg_cmp {
    scmp_arg_cmp(arg: index, op: SCMP_CMP_EQ, datum_a: value, datum_b: 0)
  }

  private static func argument(
    _ index: UInt32, masked mask: UInt64, is value: UInt64
  ) -> scmp_arg_cmp {
    scmp_arg_cmp(arg: index, op: SCMP_CMP_MASKED_EQ, datum_a: mask, datum_b: value)
  }

  private static func filterSystemCalls() throws(SandboxError) {
    guard let filter = seccomp_init(csandbox_fail_with(UInt16(EPERM))) else {
      throw SandboxError(step: "seccomp_init", code: ENOMEM)
    }
    defer { seccomp_release(filter) }
    for (name, arguments) in allowed.map({ ($0, []) }) + allowedInPart {
      try performOnFilter(
        name,
        seccomp_rule_add_array(
          filter, SCMP_ACT_ALLOW, seccomp_syscall_resolve_name(name), UInt32(arguments.count),
          arguments))
    }
    try performOnFilter("seccomp_load", seccomp_load(filter))
  }

  /// libseccomp returns its error, negated.
  private static func performOnFilter(_ step: String, _ status: Int32) throws(SandboxError) {
    if status < 0 { throw SandboxError(step: step, code: -status) }
  }
}
