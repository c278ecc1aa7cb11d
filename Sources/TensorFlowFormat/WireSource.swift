import Files

/// The bytes of a protobuf file, read through a window: of a file of gigabytes, one megabyte at
/// most is in memory. It also counts the fields that are read of it, which bounds the time.
final class WireSource {
  let name: String
  let byteCount: UInt64
  let limits: TensorFlowLimits
  /// How many more fields may be read.
  private var fieldsLeft: Int

  private let file: FileSlice?
  private let window: UnsafeMutableRawBufferPointer
  private var windowStart: UInt64 = 0
  private var windowEnd: UInt64 = 0

  private static let windowBytes = 1 << 16

  init(_ file: FileSlice, limits: TensorFlowLimits = TensorFlowLimits()) throws {
    guard file.byteCount <= limits.fileBytes else {
      throw TensorFlowFormatError.limitExceeded(
        location: file.name, .fileBytes, allowed: limits.fileBytes, found: file.byteCount)
    }
    name = file.name
    byteCount = file.byteCount
    self.limits = limits
    fieldsLeft = limits.fields
    self.file = file
    window = .allocate(byteCount: Self.windowBytes, alignment: 16)
  }

  /// Bytes that are in memory.
  init(_ bytes: [UInt8], name: String, limits: TensorFlowLimits = TensorFlowLimits()) {
    self.name = name
    byteCount = UInt64(bytes.count)
    self.limits = limits
    fieldsLeft = limits.fields
    file = nil
    window = .allocate(byteCount: bytes.count, alignment: 16)
    window.copyBytes(from: bytes)
    windowEnd = byteCount
  }

  deinit { window.deallocate() }

  /// All of it.
  var all: Range<UInt64> { 0..<byteCount }

  /// A byte within the file.
  @inline(__always)
  func byte(at position: UInt64) throws -> UInt8 {
    if position < windowStart || position >= windowEnd { try fill(from: position) }
    return window[Int(position - windowStart)]
  }

  private func fill(from position: UInt64) throws {
    guard let file, position < byteCount else {
      throw TensorFlowFormatError.truncated(
        location: name, needed: position &+ 1, available: byteCount)
    }
    let count = Int(min(UInt64(window.count), byteCount - position))
    // Nothing of the old window is valid when the read fails.
    windowEnd = windowStart
    try file.read(into: UnsafeMutableRawBufferPointer(rebasing: window[..<count]), at: position)
    windowStart = position
    windowEnd = position + UInt64(count)
  }

  /// The bytes of a stretch. Costs their number: ask only for what may be that large.
  func bytes(_ range: Range<UInt64>, atMost limit: UInt64) throws -> [UInt8] {
    let count = range.upperBound - range.lowerBound
    guard count <= limit else {
      throw TensorFlowFormatError.limitExceeded(
        location: "\(name) byte \(range.lowerBound)", .messageBytes, allowed: limit, found: count)
    }
    guard count > 0 else { return [] }
    if range.lowerBound < windowStart || range.upperBound > windowEnd {
      guard count < UInt64(window.count) else {
        return try file?.bytes(at: range.lowerBound, count: Int(count)) ?? []
      }
      try fill(from: range.lowerBound)
    }
    let start = Int(range.lowerBound - windowStart)
    return [UInt8](window[start..<(start + Int(count))])
  }

  /// A text that is protobuf's `string`.
  func string(_ range: Range<UInt64>, atMost limit: UInt64? = nil) throws -> String {
    let bytes = try bytes(range, atMost: limit ?? limits.nameBytes)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw TensorFlowFormatError.malformed(
        location: "\(name) byte \(range.lowerBound)", expected: "a text in UTF-8",
        found: "other bytes")
    }
    return text
  }

  /// Throws when there are more of something than may be.
  @inline(__always)
  func check(_ found: Int, _ allowed: Int, _ limit: TensorFlowFormatError.Limit) throws {
    if found > allowed {
      throw TensorFlowFormatError.limitExceeded(
        location: name, limit, allowed: UInt64(allowed), found: UInt64(found))
    }
  }

  /// Lets all fields be read once more: to be called a fixed number of times.
  func allowAnotherPass() { fieldsLeft = limits.fields }

  /// To be called for each field before it is believed.
  @inline(__always)
  func countField() throws {
    fieldsLeft -= 1
    if fieldsLeft < 0 {
      throw TensorFlowFormatError.limitExceeded(
        location: name, .fields, allowed: UInt64(limits.fields), found: UInt64(limits.fields) + 1)
    }
  }
}
