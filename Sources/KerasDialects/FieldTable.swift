import StrictJSON
import Tensors

/// What an object is for, which decides what its class names mean: `Identity` is a layer and an
/// initializer.
enum ObjectKind: String {
  case layers, initializers, regularizers, constraints, losses, metrics, optimizers, schedules
}

/// Functions that a configuration names by text alone.
enum FunctionKind: String {
  case activation, loss, metric, initializer
}

/// The classes and functions of one generation.
struct FieldTable: Sendable {
  static let keras2 = FieldTable(FieldTables.keras2)
  static let keras3 = FieldTable(FieldTables.keras3)

  static func of(_ generation: KerasGeneration) -> FieldTable {
    generation == .keras2 ? keras2 : keras3
  }

  /// Kind and name to the rest of the line; a line is taken apart when somebody asks for it.
  private let rows: [Substring: [Substring: Substring]]

  private init(_ text: String) {
    var rows: [Substring: [Substring: Substring]] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 2)
      guard words.count == 3 else { continue }
      rows[words[0], default: [:]][words[1]] = words[2]
    }
    self.rows = rows
  }

  /// `nil`: this generation has no such class.
  func fields(of name: String, _ kind: ObjectKind) -> FieldSet? {
    rows[Substring(kind.rawValue)]?[Substring(name)].map { FieldSet($0) }
  }

  /// The function's own name when this generation knows it by that one: `mse` is
  /// `mean_squared_error`.
  func function(_ name: String, _ kind: FunctionKind) -> String? {
    guard let row = rows[Substring(kind.rawValue)]?["-"] else { return nil }
    for word in row.split(separator: " ").dropFirst() {
      let parts = word.split(separator: "=", maxSplits: 1)
      if parts[0] == name { return String(parts[parts.count - 1]) }
    }
    return nil
  }
}

/// The fields that a class takes.
struct FieldSet {
  /// The module that the library serialises the class under.
  let module: String
  private let fields: [Substring: Field]

  init(_ row: Substring) {
    let words = row.split(separator: " ")
    module = words.first.map { String($0) } ?? ""
    var fields: [Substring: Field] = [:]
    for word in words.dropFirst() {
      let parts = word.split(separator: "=", maxSplits: 1)
      let isWritten = !parts[0].hasPrefix("+")
      let name = isWritten ? parts[0] : parts[0].dropFirst()
      fields[name] = Field(text: parts.count > 1 ? parts[1] : nil, isWritten: isWritten)
    }
    self.fields = fields
  }

  subscript(name: String) -> Field? { fields[Substring(name)] }

  /// In alphabetical order.
  var names: [String] { fields.keys.map { String($0) }.sorted() }
}

/// A field that a class takes.
struct Field {
  fileprivate let text: Substring?
  /// Whether `get_config()` writes it.
  let isWritten: Bool

  /// The value that the field has when nobody gives one; `nil` when one must be given.
  var standard: JSONValue? {
    guard let text else { return nil }
    // The table is ours: text that is no JSON has no default.
    return try? JSONValue(parsing: String(text), depthLimit: 16)
  }
}
