import CSandbox
import Files
import Glibc

/// What goes between a process and its server of workers.
struct ServerMessage {
  enum Kind: Int32 {
    /// Fork a worker with so many descriptors, the first of them with this message.
    case start = 1
    /// More descriptors of the same worker.
    case more
    /// Kill the worker of this number, and tell how it ended.
    case end
    /// The answer to `start` is the worker's number, or an errno, negated; to `end` it is the
    /// status of waitpid(2).
    case answer
  }

  /// What the kernel takes with one message.
  static let mostDescriptors = 253

  var kind: Kind
  var value: Int32
  var descriptors: [Int32] = []

  func send(to socket: Int32) throws(SystemCallError) {
    var raw = csandbox_message()
    raw.numbers = (kind.rawValue, value)
    raw.descriptor_count = Int32(descriptors.count)
    withUnsafeMutableBytes(of: &raw.descriptors) { room in
      descriptors.withUnsafeBytes { room.copyMemory(from: $0) }
    }
    guard csandbox_send(socket, &raw) == 0 else {
      throw SystemCallError("sendmsg", "the server of workers")
    }
  }

  /// The next message; `nil` when the other end was closed.
  static func receive(from socket: Int32) throws(SystemCallError) -> ServerMessage? {
    var raw = csandbox_message()
    let status = csandbox_receive(socket, &raw)
    guard status >= 0 else { throw SystemCallError("recvmsg", "the server of workers") }
    guard status > 0 else { return nil }
    guard let kind = Kind(rawValue: raw.numbers.0) else {
      throw SystemCallError("recvmsg", "the server of workers", code: EPROTO)
    }
    let count = Int(raw.descriptor_count)
    let descriptors = withUnsafeBytes(of: &raw.descriptors) { bytes in
      Array(bytes.bindMemory(to: Int32.self).prefix(count))
    }
    return ServerMessage(kind: kind, value: raw.numbers.1, descriptors: descriptors)
  }
}
