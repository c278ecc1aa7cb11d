import TensorFlowGraph

/// Builds the body of one function. A function within another takes what it uses of it as arguments
/// of its own, without being told.
final class GraphBuilder {
  let library: FunctionLibrary
  /// What names of nodes begin with: the layer that they are of.
  var scope = ""
  private let number: Int
  private let outer: GraphBuilder?
  private(set) var nodes: [NodeDefinition] = []
  private var names: [String: Int] = [:]
  /// The tensors of outer functions that are used here, and the arguments that they are.
  private(set) var captures: [(outer: Tensor, argument: Tensor)] = []
  private var captured: [String: Tensor] = [:]
  /// The sources of the tensors that have lost the masks that they were made with.
  var unmasked: Set<String> = []
  /// The variables that are read here, in the order of their arguments.
  private(set) var variables: [Int] = []
  /// The arguments that they are.
  private(set) var handles: [Tensor] = []
  private var reads: [Int: Tensor] = [:]
  private var sharedTensors: [AnyHashable: Tensor] = [:]

  init(in library: FunctionLibrary, within outer: GraphBuilder? = nil) {
    self.library = library
    self.outer = outer
    number = library.nextBuilder()
  }

  // MARK: Nodes

  /// Adds an operation with one result.
  ///
  /// - Parameters:
  ///   - attributes: those that the types and the number of the inputs do not tell. What is
  ///     TensorFlow's default may be left out.
  ///   - shape: the result's.
  ///   - name: the node's, made unique; the operation's when there is none.
  ///   - controls: what has to run before.
  func add(
    _ operation: Operation, _ inputs: [Tensor], _ attributes: [String: AttributeValue] = [:],
    shape: PartialShape, name: String? = nil, after controls: [String] = []
  ) -> Tensor {
    let results = addAll(
      operation, inputs, attributes, shapes: [shape], name: name, after: controls)
    return results.first
      ?? Tensor(source: operation.rawValue, kind: .float32, shape: shape, builder: number)
  }

  /// Adds an operation and gives all its results.
  ///
  /// - Parameter shapes: the results', the last one for all that follow.
  func addAll(
    _ operation: Operation, _ inputs: [Tensor], _ attributes: [String: AttributeValue] = [:],
    shapes: [PartialShape], name: String? = nil, after controls: [String] = []
  ) -> [Tensor] {
    guard let signature = OperationSignature.of(operation) else { return [] }
    let inputs = inputs.map(local)
    let all = signature.attributes(of: inputs).merging(attributes) { $1 }
    let node = addNode(
      operation, inputs.map(\.source) + controls.map { "^" + $0 }, all, name: name)
    return signature.outputs(with: all).enumerated().map { place, output in
      Tensor(
        source: "\(node):\(output.reference)", kind: output.kind,
        shape: shapes.indices.contains(place) ? shapes[place] : shapes.last ?? [], builder: number)
    }
  }

  /// Adds an operation that gives nothing, to run before others. Returns its name.
  func addControl(_ operation: Operation, _ inputs: [Tensor]) -> String {
    let inputs = inputs.map(local)
    let attributes = OperationSignature.of(operation)?.attributes(of: inputs) ?? [:]
    return addNode(operation, inputs.map(\.source), attributes, name: nil)
  }

  private func addNode(
    _ operation: Operation, _ inputs: [String], _ attributes: [String: AttributeValue],
    name: String?
  ) -> String {
    let node = uniqueName(name ?? operation.rawValue)
    library.noteNode()
    nodes.append(
      NodeDefinition(
        name: node, operation: operation.rawValue, inputs: inputs, attributes: attributes))
    return node
  }

  private func uniqueName(_ stem: String) -> String {
    let name = NodeName.valid(scope.isEmpty ? stem : "\(scope)/\(stem)")
    guard names.updateValue(0, forKey: name) != nil else { return name }
    var number = 0
    var candidate = name
    repeat {
      number += 1
      candidate = "\(name)_\(number)"
    } while names[candidate] != nil
    names[candidate] = 0
    return candidate
  }

  /// What is made once, in the outermost function, for all that use it.
  ///
  /// - Parameter key: what tells it from others.
  func shared(_ key: some Hashable, _ make: (GraphBuilder) -> Tensor) -> Tensor {
    if let outer { return outer.shared(key, make) }
    if let known = sharedTensors[AnyHashable(key)] { return known }
    let tensor = make(self)
    sharedTensors[AnyHashable(key)] = tensor
    return tensor
  }

  // MARK: Arguments

  /// An argument of this function.
  func argument(named name: String, kind: ElementKind, shape: PartialShape) -> Tensor {
    names[name] = 0
    return Tensor(source: name, kind: kind, shape: shape, builder: number)
  }

  /// A tensor as this function has it: one of an outer function becomes an argument.
  func local(_ tensor: Tensor) -> Tensor {
    guard tensor.builder != number, let outer else { return tensor }
    if let known = captured[tensor.source] { return known.masked(by: tensor.mask) }
    let outerTensor = outer.local(tensor)
    let argument = argument(
      named: "captured_\(captures.count)", kind: tensor.kind, shape: tensor.shape)
    captured[tensor.source] = argument
    captures.append((outerTensor, argument))
    return argument.masked(by: tensor.mask)
  }

  /// A variable's value. It is read once, in the outermost function.
  func read(variable ordinal: Int, kind: ElementKind, shape: PartialShape, name: String) -> Tensor {
    if let outer {
      return outer.read(variable: ordinal, kind: kind, shape: shape, name: name)
    }
    if let known = reads[ordinal] { return known }
    let handle = argument(named: "v\(handles.count)", kind: .resource, shape: [])
    handles.append(handle)
    variables.append(ordinal)
    let node = addNode(
      .readVariableOp, [handle.source], ["dtype": .kind(kind)], name: name + "/Read")
    let value = Tensor(source: node + ":value:0", kind: kind, shape: shape, builder: number)
    reads[ordinal] = value
    return value
  }
}

/// Names of nodes: `[A-Za-z0-9.][A-Za-z0-9_.\/>-]*`.
enum NodeName {
  static func valid(_ name: String) -> String {
    var valid = ""
    for scalar in name.unicodeScalars {
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || isDigit(scalar))
      valid.unicodeScalars.append(isPlain || "_.-/".unicodeScalars.contains(scalar) ? scalar : "_")
    }
    guard let first = valid.unicodeScalars.first,
      first == "." || isDigit(first) || first.properties.isAlphabetic
    else { return "k" + valid }
    return valid
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
