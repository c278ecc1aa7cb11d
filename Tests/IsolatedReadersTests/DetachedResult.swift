import Foundation
import Synchronization

/// What a thread of its own is going to have found out.
final class DetachedResult<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)

  var isReady: Bool { result.withLock { $0 != nil } }

  /// The result, when it is ready.
  func get() throws -> Value? { try result.withLock { try $0?.get() } }

  fileprivate func set(_ value: Result<Value, any Error>) { result.withLock { $0 = value } }
}

extension Thread {
  /// Starts a thread for something that blocks.
  static func detachedResult<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) -> DetachedResult<Value> {
    let result = DetachedResult<Value>()
    Thread.detachNewThread { result.set(Result { try body() }) }
    return result
  }
}
