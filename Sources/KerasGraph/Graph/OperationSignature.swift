import TensorFlowGraph

/// What an operation takes and gives, as TensorFlow's registry says.
struct OperationSignature {
  /// An argument or a result.
  struct Parameter {
    enum Kind {
      case fixed(ElementKind)
      /// The attribute that says it.
      case attribute(String)
      /// The attribute that lists those of several.
      case list(String)
    }

    let name: String
    let kind: Kind
    /// The attribute that says how many there are, where it is not one.
    let count: String?
  }

  let inputs: [Parameter]
  let outputs: [Parameter]

  private init(_ text: Substring) {
    let sides = text.split(separator: "->", maxSplits: 1, omittingEmptySubsequences: false)
    inputs = sides.first.map(Self.parameters) ?? []
    outputs = sides.count > 1 ? Self.parameters(sides[1]) : []
  }

  private static func parameters(_ text: Substring) -> [Parameter] {
    text.split(separator: " ").compactMap { word in
      let parts = word.split(separator: ":")
      guard parts.count == 2 else { return nil }
      var kind = parts[1]
      var count: String?
      if let star = kind.firstIndex(of: "*") {
        count = String(kind[..<star])
        kind = kind[kind.index(after: star)...]
      }
      let meaning: Parameter.Kind =
        if kind.hasSuffix("...") {
          .list(String(kind.dropLast(3)))
        } else if kind.hasPrefix("="), let fixed = ElementKind(spelled: kind.dropFirst()) {
          .fixed(fixed)
        } else {
          .attribute(String(kind))
        }
      return Parameter(name: String(parts[0]), kind: meaning, count: count)
    }
  }

  private static let all: [Operation: OperationSignature] =
    Operation.signatures.mapValues { OperationSignature($0[...]) }

  static func of(_ operation: Operation) -> OperationSignature? { all[operation] }
}

extension ElementKind {
  fileprivate init?(spelled name: Substring) {
    switch name {
    case "resource": self = .resource
    case "variant": self = .variant
    default: self.init(named: String(name))
    }
  }
}

extension OperationSignature {
  /// The attributes that say of which types, and how many, the inputs are.
  func attributes(of tensors: [Tensor]) -> [String: AttributeValue] {
    var attributes: [String: AttributeValue] = [:]
    var rest = tensors[...]
    let single = inputs.count { $0.count == nil && !$0.isList }
    for parameter in inputs {
      // At most one argument is several in the operations that layers come to.
      let several = parameter.count != nil || parameter.isList
      let taken = rest.prefix(several ? max(0, tensors.count - single) : 1)
      rest = rest.dropFirst(taken.count)
      if let count = parameter.count { attributes[count] = .integer(taken.count) }
      switch parameter.kind {
      case .fixed: break
      case .list(let name): attributes[name] = .kinds(taken.map(\.kind))
      case .attribute(let name):
        if let first = taken.first { attributes[name] = .kind(first.kind) }
      }
    }
    return attributes
  }

  /// The outputs that given attributes make, each with its reference behind the node's name.
  func outputs(
    with attributes: [String: AttributeValue]
  ) -> [(reference: String, kind: ElementKind)] {
    outputs.flatMap { parameter -> [(reference: String, kind: ElementKind)] in
      var count = 1
      if let name = parameter.count, case .integer(let number)? = attributes[name] {
        count = number
      }
      var kinds = [ElementKind](repeating: .float32, count: max(0, count))
      switch parameter.kind {
      case .fixed(let kind): kinds = kinds.map { _ in kind }
      case .attribute(let name):
        if case .kind(let kind)? = attributes[name] { kinds = kinds.map { _ in kind } }
      case .list(let name):
        if case .kinds(let listed)? = attributes[name] { kinds = listed }
      }
      return kinds.enumerated().map { ("\(parameter.name):\($0)", $1) }
    }
  }
}

extension OperationSignature.Parameter {
  fileprivate var isList: Bool { if case .list = kind { true } else { false } }
}
