import StrictJSON
import TensorFlowGraph
import Tensors

/// One call of a function on tensors. What it is given is asked for by the names of the function's
/// parameters. What nobody has asked for in the end is an error: it would change the numbers.
final class FunctionCall {
  let graph: GraphBuilder
  let layer: Layer
  private var values: [String: CallValue] = [:]
  private var unread: Set<String> = []

  /// - Parameters:
  ///   - options: arguments that the configuration has, of Keras 3's operations.
  ///   - ignored: names that say nothing of numbers.
  init(
    _ call: Call, of function: TensorFunction, options: [String: JSONValue],
    ignoring ignored: Set<String>, in graph: GraphBuilder
  ) throws(CompileError) {
    self.graph = graph
    layer = call.layer
    var given = options.mapValues(CallValue.constant).merging(call.keywords) { $1 }
    for (place, value) in call.arguments.enumerated() {
      guard let parameter = function.parameter(at: place) else {
        throw call.unfitting("\(function.parameters.count) arguments", "\(call.arguments.count)")
      }
      if parameter.takesRest {
        given[parameter.spelling] = .list(Array(call.arguments[place...]))
        break
      }
      given[parameter.spelling] = value
    }
    for parameter in function.parameters {
      if let value = given.removeValue(forKey: parameter.spelling) {
        // One argument may have several names, of which one is used.
        if value.isNull, values[parameter.name] != nil { continue }
        values[parameter.name] = value
        let isStandard = value.constant.map { $0 == parameter.standard } ?? false
        if !value.isNull, !isStandard { unread.insert(parameter.name) }
      } else if let standard = parameter.standard, values[parameter.name] == nil {
        values[parameter.name] = .constant(standard)
      }
    }
    if let name = given.filter({ !ignored.contains($0.key) && !$0.value.isNull }).keys.min() {
      throw layer.settings.unsupported(name, "the function has no such argument that is known")
    }
  }

  /// Whether the function is TensorFlow's, which promotes no types.
  var isTensorFlow: Bool { layer.dialect != .keras3 }

  /// An argument; `nil` when it is not given, or `None`.
  func value(_ name: String) -> CallValue? {
    unread.remove(name)
    return values[name].flatMap { $0.isNull ? nil : $0 }
  }

  /// An argument as it was given, `None` too.
  func raw(_ name: String) -> CallValue? {
    unread.remove(name)
    return values[name]
  }

  /// Makes sure that all that was given has been used.
  func finish() throws(CompileError) {
    if let name = unread.min() {
      throw unsupported(name, "this use of the argument is not compiled")
    }
  }

  func unsupported(_ name: String, _ detail: String) -> CompileError {
    layer.settings.unsupported(name, detail + "; --graph serves it in a graph that TensorFlow made")
  }

  /// Without what a function cannot be. Keras 2 leaves out some operands of operators and of
  /// functions that take any number of them.
  func missing(_ name: String) -> CompileError {
    isTensorFlow
      ? unsupported(name, "the configuration does not have it")
      : malformed(name, "a tensor")
  }

  func malformed(_ name: String, _ expected: String) -> CompileError {
    layer.settings.malformed(name, expected)
  }

  // MARK: Constants

  /// A constant argument.
  func constant(_ name: String) throws(CompileError) -> JSONValue? {
    guard let value = value(name) else { return nil }
    guard let constant = value.constant else {
      throw unsupported(name, "it is known only when the graph runs")
    }
    return constant.plain
  }

  func integer(_ name: String) throws(CompileError) -> Int? {
    guard let value = try constant(name) else { return nil }
    return try integer(value, name)
  }

  func integer(_ name: String, default standard: Int) throws(CompileError) -> Int {
    try integer(name) ?? standard
  }

  private func integer(_ value: JSONValue, _ name: String) throws(CompileError) -> Int {
    guard let number = value.integer ?? value.double.flatMap({ Int(exactly: $0) }),
      number.magnitude <= UInt(Int32.max)
    else { throw malformed(name, "an integer of 32 bits") }
    return number
  }

  /// Integers; one is a list of it.
  func integers(_ name: String) throws(CompileError) -> [Int]? {
    guard let value = try constant(name) else { return nil }
    guard let elements = value.array else { return [try integer(value, name)] }
    var integers: [Int] = []
    for element in elements { integers.append(try integer(element, name)) }
    return integers
  }

  /// So many integers; one is for all.
  func integers(
    _ name: String, count: Int, default standard: Int
  ) throws(CompileError) -> [Int] {
    guard let found = try integers(name) else { return Array(repeating: standard, count: count) }
    if found.count == 1 { return Array(repeating: found[0], count: count) }
    guard found.count == count else { throw malformed(name, "\(count) integers") }
    return found
  }

  func number(_ name: String) throws(CompileError) -> Double? {
    guard let value = try constant(name) else { return nil }
    guard let number = value.double else { throw malformed(name, "a number") }
    return number
  }

  func flag(_ name: String) throws(CompileError) -> Bool {
    guard let value = try constant(name) else { return false }
    guard let flag = value.bool else { throw malformed(name, "a truth value") }
    return flag
  }

  func text(_ name: String) throws(CompileError) -> String? {
    guard let value = try constant(name) else { return nil }
    guard let text = value.string else { throw malformed(name, "a text") }
    return text
  }

  /// A type by its name.
  func kind(_ name: String) throws(CompileError) -> ElementKind? {
    guard let text = try text(name) else { return nil }
    guard let kind = ElementKind(named: text) else { throw malformed(name, "the name of a type") }
    return kind
  }

  // MARK: Axes

  /// An axis of so many, counted from 0.
  func axis(_ name: String, of rank: Int) throws(CompileError) -> Int? {
    guard let axis = try integer(name) else { return nil }
    return try place(axis, of: rank, name)
  }

  func axis(_ name: String, of rank: Int, default standard: Int) throws(CompileError) -> Int {
    try place(try integer(name) ?? standard, of: rank, name)
  }

  /// Axes of so many, counted from 0, none twice; `nil` where none is given.
  func axes(_ name: String, of rank: Int) throws(CompileError) -> [Int]? {
    guard let axes = try integers(name) else { return nil }
    var places: [Int] = []
    for axis in axes {
      let place = try place(axis, of: rank, name)
      guard !places.contains(place) else { throw malformed(name, "axes, each once") }
      places.append(place)
    }
    return places
  }

  private func place(_ axis: Int, of rank: Int, _ name: String) throws(CompileError) -> Int {
    guard (-rank..<rank).contains(axis) else {
      throw malformed(name, "an axis of \(rank) dimensions")
    }
    return axis < 0 ? axis + rank : axis
  }
}

extension TensorFunction {
  fileprivate func parameter(at place: Int) -> Parameter? {
    if parameters.indices.contains(place) { return parameters[place] }
    return parameters.last { $0.takesRest }
  }
}

extension JSONValue {
  /// The value with lists for what Keras writes for tuples and arrays.
  var plain: JSONValue {
    switch self {
    case .array(let elements): return .array(elements.map(\.plain))
    case .object:
      guard let className = self["class_name"]?.string else { return self }
      switch className {
      case "__tuple__", "TensorShape": return (self["items"] ?? .array([])).plain
      case "__numpy__", "__tensor__": return self["config"]?["value"]?.plain ?? self
      default: return self
      }
    default: return self
    }
  }
}
