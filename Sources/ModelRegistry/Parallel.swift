import Dispatch
import Glibc
import Synchronization

/// Does the same to many things on several threads, and throws the first error after all have
/// stopped. The order in which things are taken is theirs.
func inParallel<Element: Sendable>(
  _ elements: [Element], threads: Int, _ body: @escaping @Sendable (Int, Element) throws -> Void
) throws {
  let state = Mutex<(next: Int, failure: (any Error)?)>((0, nil))
  let take: @Sendable () -> Int? = {
    state.withLock { state in
      guard state.failure == nil, state.next < elements.count else { return nil }
      state.next += 1
      return state.next - 1
    }
  }
  let work: @Sendable () -> Void = {
    while let index = take() {
      do { try body(index, elements[index]) } catch {
        state.withLock { $0.failure = $0.failure ?? error }
      }
    }
  }
  let group = DispatchGroup()
  for _ in 1..<max(1, min(threads, elements.count)) {
    DispatchQueue.global().async(group: group, execute: work)
  }
  work()
  group.wait()
  if let failure = state.withLock({ $0.failure }) { throw failure }
}

/// The processors that this process may use.
let processorCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

/// A count that several threads add to.
final class Tally: Sendable {
  private let total = Atomic<UInt64>(0)

  /// The count after adding.
  func add(_ count: UInt64) -> UInt64 {
    total.wrappingAdd(count, ordering: .relaxed).newValue
  }
}
