import Tensors

extension HDF5Blueprint {
  /// The most bytes that an attribute's value may take in an object's header, Keras' own figure.
  /// Attributes lie in messages of less than 64 KiB.
  /// https://github.com/keras-team/keras/blob/master/keras/src/legacy/saving/legacy_h5_format.py
  public static let attributeByteLimit = 64512
  /// What is left of such a message has room for a name.
  public static let attributeNameLimit = 512
  /// Bytes of a reference to a text of variable length, which lies elsewhere.
  private static let textReferenceBytes = 16
  private static let dimensionLimit = 32

  /// Whether a file can be made of it.
  public func check() throws(HDF5WriterError) {
    try checkPaths()
    for group in groups { try Self.check(group.attributes, at: "/" + group.path) }
    var byteCount: UInt64 = 0
    for dataset in datasets {
      let location = "/" + dataset.tensor.name
      try Self.check(dataset.attributes, at: location)
      let rank = dataset.tensor.shape.dimensions.count
      guard rank <= Self.dimensionLimit else {
        throw .tooManyDimensions(location: location, allowed: Self.dimensionLimit, found: rank)
      }
      let (sum, overflow) = byteCount.addingReportingOverflow(dataset.tensor.byteCount)
      guard !overflow, sum <= UInt64(Int64.max) else { throw .tooLarge }
      byteCount = sum
    }
  }

  /// The bytes of all its tensors together; those of a blueprint that was checked fit.
  public var tensorByteCount: UInt64 {
    datasets.reduce(0) { $0.addingReportingOverflow($1.tensor.byteCount).partialValue }
  }

  /// The groups that a path leads through, without the root.
  static func groups(above path: String) -> [String] {
    path.utf8.indices.filter { path.utf8[$0] == UInt8(ascii: "/") }.map { String(path[..<$0]) }
  }

  /// The length of each of the texts when all have the same; HDF5 has none of no bytes.
  static func fixedWidth(of texts: [String]) -> Int { max(1, texts.map(\.utf8.count).max() ?? 0) }

  private func checkPaths() throws(HDF5WriterError) {
    var taken: Set<String> = []
    for path in groups.map(\.path) {
      if !path.isEmpty { try Self.check(path) }
      guard taken.insert(path).inserted else { throw .repeatedPath("/" + path) }
    }
    let names = datasets.map(\.tensor.name)
    for name in names { try Self.check(name) }
    for path in groups.map(\.path) + names { taken.formUnion(Self.groups(above: path)) }
    for name in names {
      guard taken.insert(name).inserted else { throw .repeatedPath("/" + name) }
    }
  }

  private static func check(_ path: String) throws(HDF5WriterError) {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard path.utf8.count <= HDF5Limits.pathBytes, parts.count <= HDF5Limits.depth + 1,
      !path.utf8.contains(0),
      parts.allSatisfy({ !$0.isEmpty && !$0.elementsEqual(".".utf8) })
    else { throw .badPath("/" + path) }
  }

  private static func check(
    _ attributes: [Attribute], at location: String
  ) throws(HDF5WriterError) {
    var names: Set<String> = []
    for attribute in attributes {
      let place = location + "@" + attribute.name
      let name = attribute.name
      guard !name.isEmpty, name.utf8.count <= attributeNameLimit, !name.utf8.contains(0) else {
        throw .badAttributeName(location: place)
      }
      guard names.insert(name).inserted else { throw .repeatedAttribute(location: place) }
      try check(attribute.value, at: place)
    }
  }

  private static func check(_ value: Value, at place: String) throws(HDF5WriterError) {
    let (texts, width): ([String], Int)
    switch value {
    case .string(let text): (texts, width) = ([text], textReferenceBytes)
    case .strings(let list): (texts, width) = (list, textReferenceBytes)
    case .fixedStrings(let list): (texts, width) = (list, fixedWidth(of: list))
    }
    guard texts.allSatisfy({ !$0.utf8.contains(0) }) else { throw .zeroByte(location: place) }
    let (bytes, overflow) = texts.count.multipliedReportingOverflow(by: width)
    guard !overflow, bytes <= attributeByteLimit else {
      throw .attributeTooLarge(
        location: place, allowed: attributeByteLimit, found: overflow ? .max : bytes)
    }
  }
}
