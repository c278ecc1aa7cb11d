import StrictJSON

/// The configuration of a layer, read with what Keras has for fields that are absent.
struct Settings {
  let location: String
  let json: [String: JSONValue]

  /// Sizes beyond this are in no tensor that TensorFlow has.
  private static let limit = Int(Int32.max)

  subscript(field: String) -> JSONValue? { json[field].flatMap { $0.isNull ? nil : $0 } }

  func malformed(_ field: String, _ expected: String) -> CompileError {
    .malformed(location: location, field: field, expected: expected)
  }

  func unsupported(_ field: String, _ detail: String) -> CompileError {
    .unsupported(location: location, field: field, detail: detail)
  }

  func flag(_ field: String, default value: Bool) throws(CompileError) -> Bool {
    guard let found = self[field] else { return value }
    guard let flag = found.bool else { throw malformed(field, "a truth value") }
    return flag
  }

  /// `nil` where the field is absent or null.
  func integer(_ field: String) throws(CompileError) -> Int? {
    try self[field].map { value throws(CompileError) in try integer(value, field) }
  }

  func integer(_ field: String, default value: Int) throws(CompileError) -> Int {
    try integer(field) ?? value
  }

  func requiredInteger(_ field: String) throws(CompileError) -> Int {
    guard let value = try integer(field) else { throw malformed(field, "an integer") }
    return value
  }

  private func integer(_ value: JSONValue, _ field: String) throws(CompileError) -> Int {
    // Python's writers spell some integers as floats.
    guard let number = value.integer ?? value.double.flatMap({ Int(exactly: $0) }),
      number.magnitude <= UInt(Self.limit)
    else { throw malformed(field, "an integer of 32 bits") }
    return number
  }

  /// `nil` where the field is absent or null.
  func number(_ field: String) throws(CompileError) -> Double? {
    guard let value = self[field] else { return nil }
    guard let number = value.double else { throw malformed(field, "a number") }
    return number
  }

  func number(_ field: String, default value: Double) throws(CompileError) -> Double {
    try number(field) ?? value
  }

  func text(_ field: String) throws(CompileError) -> String? {
    guard let value = self[field] else { return nil }
    guard let text = value.string else { throw malformed(field, "a text") }
    return text
  }

  func text(_ field: String, default value: String) throws(CompileError) -> String {
    try text(field) ?? value
  }

  /// A list, also one that Keras marks as a tuple; `nil` where the field is absent or no list.
  func list(_ field: String) -> [JSONValue]? { self[field]?.elements }

  /// A list of integers; one integer is a list of it.
  func integers(_ field: String) throws(CompileError) -> [Int]? {
    guard let value = self[field] else { return nil }
    guard let elements = value.elements else { return [try integer(value, field)] }
    var integers: [Int] = []
    for element in elements { integers.append(try integer(element, field)) }
    return integers
  }

  /// A number for each spatial axis; one is for all.
  func integers(
    _ field: String, count: Int, default value: Int
  ) throws(CompileError) -> [Int] {
    guard let found = try integers(field) else { return [Int](repeating: value, count: count) }
    if found.count == 1 { return [Int](repeating: found[0], count: count) }
    guard found.count == count else { throw malformed(field, "\(count) integers") }
    return found
  }
}

extension JSONValue {
  /// The elements of a list, or of what Keras writes for a tuple or a shape.
  var elements: [JSONValue]? {
    if self["class_name"] == "__tuple__" || self["class_name"] == "TensorShape" {
      return self["items"]?.array
    }
    return array
  }
}
