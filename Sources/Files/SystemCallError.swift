import Glibc

/// A system call that failed: which one, on what, and why.
public struct SystemCallError: Error, Hashable, Sendable {
  /// The call's name, as in section 2 of the manual.
  public let call: String
  /// The file that it was for.
  public let path: String
  /// The `errno` it left.
  public let code: Int32

  /// Takes the current `errno`: make it before anything else can call the system.
  public init(_ call: String, _ path: String) {
    code = errno
    self.call = call
    self.path = path
  }

  /// A failure whose code is known.
  public init(_ call: String, _ path: String, code: Int32) {
    self.call = call
    self.path = path
    self.code = code
  }

  /// The system's words for the code.
  public var reason: String { String(cString: strerror(code)) }
}

/// Calls until the call is not interrupted; a negative result is an error.
@discardableResult
func retrying<Result: SignedInteger>(
  _ call: String, _ path: String, _ body: () -> Result
) throws(SystemCallError) -> Result {
  while true {
    let result = body()
    if result >= 0 { return result }
    let error = SystemCallError(call, path)
    if error.code != EINTR { throw error }
  }
}
