import StrictJSON

/// A function on tensors, with its parameters as the library has them.
struct TensorFunction: Sendable {
  typealias Body = @Sendable (FunctionCall) throws(CompileError) -> CallValue

  struct Parameter: Sendable {
    /// As calls spell it.
    let spelling: String
    /// As the body calls it.
    let name: String
    let standard: JSONValue?
    /// Whether it takes all that is left, Python's `*operands`.
    let takesRest: Bool
  }

  let parameters: [Parameter]
  let body: Body

  /// - Parameter parameters: their names in order. `input:x` is a parameter `input` that the body
  ///   calls `x`; `axis=-1` has a default, JSON without spaces; `*operands` takes all that is left.
  init(_ parameters: String, _ body: @escaping Body) {
    // The tables are part of the program: what is no JSON in them is no default.
    self.parameters = parameters.split(separator: " ").map { word in
      let sides = word.split(separator: "=", maxSplits: 1)
      let names = sides[0].drop { $0 == "*" }.split(separator: ":")
      return Parameter(
        spelling: String(names[0]), name: String(names.last ?? names[0]),
        standard: sides.count > 1 ? try? JSONValue(parsing: String(sides[1])) : nil,
        takesRest: word.hasPrefix("*"))
    }
    self.body = body
  }

  /// The same under the names of several classes or functions.
  static func table(
    _ names: String, _ parameters: String, _ body: @escaping Body
  ) -> [String: TensorFunction] {
    let function = TensorFunction(parameters, body)
    return Dictionary(names.split(separator: " ").map { (String($0), function) }) { $1 }
  }

  /// One table of several.
  static func join(_ tables: [[String: TensorFunction]]) -> [String: TensorFunction] {
    tables.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
  }
}
