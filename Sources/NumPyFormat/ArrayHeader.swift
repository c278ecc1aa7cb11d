import Tensors

/// The head of a `.npy` file: a magic number, a version, a length, and a Python dictionary.
/// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
struct ArrayHeader {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// No header that is read is longer.
  static let longest = 12 + NumPyLimits.headerBytes

  let elements: ElementType
  /// `descr` as it is written, for messages.
  let description: String
  let isFortranOrder: Bool
  let shape: Shape
  /// The bytes before the first element.
  let byteCount: Int

  /// Whether its elements lie in another order than C's.
  var isTurned: Bool {
    isFortranOrder && shape.dimensions.count { $0 > 1 } > 1 && shape.elementCount != 0
  }

  /// Reads a header from the first bytes of a file, `longest` of them unless it has fewer.
  init(_ bytes: [UInt8], location: String) throws(NumPyError) {
    let prefix = try Prefix(bytes, location: location)
    guard prefix.length <= UInt64(NumPyLimits.headerBytes) else {
      throw .limitExceeded(
        location: location, .headerBytes, allowed: UInt64(NumPyLimits.headerBytes),
        found: prefix.length)
    }
    byteCount = prefix.byteCount + Int(prefix.length)
    guard byteCount <= bytes.count else {
      throw .malformed(
        location: location, expected: "a header of \(prefix.length) bytes",
        found: "\(bytes.count - prefix.byteCount)")
    }
    let members: PythonLiteral
    do throws(PythonLiteral.Fault) {
      members = try PythonLiteral(parsing: bytes[prefix.byteCount..<byteCount])
    } catch {
      throw .malformed(
        location: location, expected: "a dictionary in the header",
        found: "something else at byte \(prefix.byteCount + error.position)")
    }
    guard case .dictionary(let fields) = members,
      Set(fields.keys) == ["descr", "fortran_order", "shape"], let descr = fields["descr"],
      case .bool(let isFortranOrder)? = fields["fortran_order"]
    else {
      throw .malformed(
        location: location, expected: "descr, fortran_order and shape", found: "other keys")
    }
    guard let elements = ElementType(descr) else {
      throw .malformed(location: location, expected: "a descr of NumPy", found: Self.text(descr))
    }
    self.elements = elements
    description = Self.text(descr)
    self.isFortranOrder = isFortranOrder
    shape = try Self.shape(of: fields["shape"], location: location)
  }

  private static func text(_ descr: PythonLiteral) -> String {
    if case .string(let text) = descr { text } else { "a record" }
  }

  private static func shape(
    of literal: PythonLiteral?, location: String
  ) throws(NumPyError) -> Shape {
    var dimensions: [Int] = []
    if case .tuple(let values)? = literal {
      dimensions = values.compactMap { if case .integer(let value) = $0 { value } else { nil } }
      guard values.count <= NumPyLimits.rank else {
        throw .limitExceeded(
          location: location, .rank, allowed: UInt64(NumPyLimits.rank),
          found: UInt64(values.count))
      }
      if dimensions.count == values.count, let shape = Shape(dimensions) { return shape }
    }
    throw .malformed(location: location, expected: "a tuple as shape", found: "another value")
  }
}

/// The fixed part of a header.
private struct Prefix {
  let byteCount: Int
  /// Of the dictionary behind it.
  let length: UInt64

  init(_ bytes: [UInt8], location: String) throws(NumPyError) {
    guard bytes.starts(with: ArrayHeader.magic), bytes.count >= 8 else {
      throw .malformed(location: location, expected: "NumPy's magic number", found: "other bytes")
    }
    let version = Array(bytes[6..<8])
    // The first version has a length of 16 bits, the others of 32.
    guard version == [1, 0] || version == [2, 0] || version == [3, 0] else {
      throw .malformed(
        location: location, expected: "version 1.0, 2.0 or 3.0",
        found: "\(version[0]).\(version[1])")
    }
    byteCount = version[0] == 1 ? 10 : 12
    guard bytes.count >= byteCount else {
      throw .malformed(location: location, expected: "a header", found: "its end")
    }
    length = bytes[8..<byteCount].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
