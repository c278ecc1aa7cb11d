import StrictJSON
import Tensors

/// The members of a JSON object, each to be taken once, and none to be left.
struct Members {
  private let name: String
  private var rest: [String: JSONValue]

  init(_ json: JSONValue, _ name: String) throws(ReaderError) {
    guard let members = json.object else { throw Self.bad(name) }
    self.name = name
    rest = members
  }

  /// Every member was taken.
  func finish() throws(ReaderError) {
    if let unknown = rest.keys.min() { throw Self.bad("\(name).\(unknown)") }
  }

  mutating func take(_ key: String) throws(ReaderError) -> JSONValue {
    guard let value = rest.removeValue(forKey: key) else { throw Self.bad(key) }
    return value
  }

  mutating func text(_ key: String) throws(ReaderError) -> String {
    guard let text = try take(key).string else { throw Self.bad(key) }
    return text
  }

  mutating func optionalText(_ key: String) throws(ReaderError) -> String? {
    try optional(key) { value throws(ReaderError) in
      guard let text = value.string else { throw Self.bad(key) }
      return text
    }
  }

  mutating func texts(_ key: String) throws(ReaderError) -> [String: String] {
    guard let members = try take(key).object else { throw Self.bad(key) }
    let texts = members.compactMapValues(\.string)
    guard texts.count == members.count else { throw Self.bad(key) }
    return texts
  }

  /// One of the names of an enumeration.
  mutating func word<Word: RawRepresentable<String>>(_ key: String) throws(ReaderError) -> Word {
    guard let word = Word(rawValue: try text(key)) else { throw Self.bad(key) }
    return word
  }

  mutating func count(_ key: String) throws(ReaderError) -> Int {
    try Self.count(try take(key), key)
  }

  mutating func shape(_ key: String) throws(ReaderError) -> Shape {
    let dimensions = try list(key) { value throws(ReaderError) in try Self.count(value, key) }
    guard let shape = Shape(dimensions) else { throw Self.bad(key) }
    return shape
  }

  mutating func list<Element>(
    _ key: String, _ element: (JSONValue) throws(ReaderError) -> Element
  ) throws(ReaderError) -> [Element] {
    guard let values = try take(key).array else { throw Self.bad(key) }
    var elements: [Element] = []
    elements.reserveCapacity(values.count)
    for value in values { elements.append(try element(value)) }
    return elements
  }

  mutating func counts(_ key: String) throws(ReaderError) -> [Int] {
    try list(key) { value throws(ReaderError) in try Self.count(value, key) }
  }

  mutating func optionalCounts(_ key: String) throws(ReaderError) -> [Int]? {
    guard rest[key]?.isNull != true else {
      rest[key] = nil
      return nil
    }
    return try counts(key)
  }

  mutating func countsByName(_ key: String) throws(ReaderError) -> [String: Int] {
    guard let members = try take(key).object else { throw Self.bad(key) }
    var counts: [String: Int] = [:]
    for (name, value) in members { counts[name] = try Self.count(value, key) }
    return counts
  }

  /// The members `offset` and `length`.
  mutating func extent() throws(ReaderError) -> ByteExtent {
    let extent = ByteExtent(
      offset: UInt64(try count("offset")), length: UInt64(try count("length")))
    guard let extent else { throw Self.bad("length") }
    return extent
  }

  /// `nil` for `null`; the member must be there all the same.
  mutating func optional<Value>(
    _ key: String, _ value: (JSONValue) throws(ReaderError) -> Value
  ) throws(ReaderError) -> Value? {
    let json = try take(key)
    return json.isNull ? nil : try value(json)
  }

  /// An integer that is not negative.
  static func count(_ json: JSONValue, _ key: String) throws(ReaderError) -> Int {
    guard let count = json.integer, count >= 0 else { throw bad(key) }
    return count
  }

  private static func bad(_ name: String) -> ReaderError { .malformedAnswer(.badMember(name)) }
}
