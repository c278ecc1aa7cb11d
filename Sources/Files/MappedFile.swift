import Glibc
import Synchronization

/// A file's bytes, mapped for reading. Hashing mapped pages saves the copy that read(2) makes.
///
/// Another process may cut the file while it is mapped, and touching a page past its new end would
/// end this process with SIGBUS. A handler puts a page of zeros there instead and takes a note:
/// ask `wasCut` after the last use, and believe nothing that was read when it says so.
public final class MappedFile: Sendable {
  /// The mapped bytes. Valid as long as this object is.
  public var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base.map { $0 + slack }, count: count)
  }

  // The mapping is never written, and unmapped only when no reference is left.
  private nonisolated(unsafe) let base: UnsafeMutableRawPointer?
  /// Bytes before the extent: a mapping begins on a page.
  private let slack: Int
  private let count: Int
  private let slot: Int?

  /// Maps an extent of an open file, by default from its first byte on.
  public init(
    _ file: borrowing OpenFile, at offset: UInt64 = 0, byteCount: UInt64
  ) throws(SystemCallError) {
    slack = Int(offset % UInt64(BusErrors.pageSize))
    guard let count = Int(exactly: byteCount), count <= Int.max - slack,
      let start = off_t(exactly: offset - UInt64(slack))
    else { throw SystemCallError("mmap", file.path, code: EFBIG) }
    self.count = count
    guard count > 0 else {
      base = nil
      slot = nil
      return
    }
    let whole = count + slack
    guard let base = mmap(nil, whole, PROT_READ, MAP_PRIVATE, file.descriptor, start),
      base != MAP_FAILED
    else { throw SystemCallError("mmap", file.path) }
    guard let slot = BusErrors.watch(base, whole) else {
      munmap(base, whole)
      throw SystemCallError("mmap", file.path, code: ENOMEM)
    }
    self.base = base
    self.slot = slot
    madvise(base, whole, MADV_SEQUENTIAL)
  }

  deinit {
    if let slot { BusErrors.unwatch(slot) }
    if let base { munmap(base, count + slack) }
  }

  /// Whether the file was found shorter than what was mapped.
  public var wasCut: Bool { slot.map(BusErrors.wasHit) ?? false }
}

/// The mappings in which a SIGBUS is expected.
private enum BusErrors {
  struct Watched {
    var start: UInt
    var end: UInt
    var hit: Bool
  }

  static let capacity = 8192
  static let pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))

  // Written under `free`; read by the signal handler, which may take no lock. A slot is cleared
  // before its mapping goes and filled before the mapping is used.
  nonisolated(unsafe) static let table: UnsafeMutablePointer<Watched> = {
    let table = UnsafeMutablePointer<Watched>.allocate(capacity: capacity)
    table.initialize(repeating: Watched(start: 0, end: 0, hit: false), count: capacity)
    return table
  }()

  static let free = Mutex<[Int]?>(nil)

  /// Starts to guard a mapping; `nil` when as many are guarded as there is room for.
  static func watch(_ base: UnsafeMutableRawPointer, _ count: Int) -> Int? {
    free.withLock { free in
      if free == nil {
        install()
        free = Array(0..<capacity)
      }
      guard let slot = free?.popLast() else { return nil }
      let start = UInt(bitPattern: base)
      table[slot] = Watched(start: start, end: start + UInt(count), hit: false)
      return slot
    }
  }

  static func unwatch(_ slot: Int) {
    free.withLock { free in
      table[slot] = Watched(start: 0, end: 0, hit: false)
      free?.append(slot)
    }
  }

  static func wasHit(_ slot: Int) -> Bool { table[slot].hit }

  private static func install() {
    var action = sigaction()
    action.sa_flags = SA_SIGINFO
    action.__sigaction_handler.sa_sigaction = { _, info, _ in
      let address = UInt(bitPattern: info?.pointee._sifields._sigfault.si_addr)
      BusErrors.cover(address)
    }
    // Made now: the handler may not.
    _ = (table, pageSize)
    sigaction(SIGBUS, &action, nil)
  }

  /// Runs in the signal handler: no allocation, no lock.
  private static func cover(_ address: UInt) {
    for slot in 0..<capacity
    where table[slot].start <= address && address < table[slot].end {
      table[slot].hit = true
      let page = UnsafeMutableRawPointer(bitPattern: address & ~(pageSize - 1))
      let zeros = mmap(
        page, Int(pageSize), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
      if zeros != MAP_FAILED { return }
    }
    // Not ours: die as without a handler, at the same instruction.
    signal(SIGBUS, SIG_DFL)
  }
}
