import TensorFlowGraph

/// What Python's TensorFlow revives: `SavedObjectGraph` of
/// tensorflow/core/protobuf/saved_object_graph.proto in https://github.com/tensorflow/tensorflow
struct SavedObjects {
  private typealias ConcreteFunction = SavedModelToWrite.ConcreteFunction

  let serialized: [UInt8]

  init(_ plan: SavedModelPlan) throws(SavedModelWritingError) {
    var message = WireWriter()
    for (node, kind) in zip(plan.graph.nodes, plan.kinds) {
      message.append(Self.object(node, kind, plan.wrapper), number: 1)
    }
    message.append(map: try Self.functions(of: plan), number: 2)
    serialized = message.bytes
  }

  // MARK: Objects

  /// `SavedObject`. Slots are told of in the checkpoint only: TensorFlow makes them here with a
  /// method of the optimizer, and fails when no Keras 2 is imported that has the optimizer's class.
  private static func object(
    _ node: ObjectGraph.Node, _ kind: SavedModelPlan.Kind, _ wrapper: SignatureWrapper
  ) -> [UInt8] {
    var message = WireWriter()
    for child in node.children { message.append(child.serialized, number: 1) }
    switch kind {
    case .object(let identifier): message.append(object(identifier), number: 4)
    case .served(let function):
      let taken = StructuredValue.tuple([.tensors(function.inputs)])
      message.append(self.function(function, taking: taken), number: 6)
    case .call(let function):
      message.append(self.function(function, taking: .none), number: 6)
    case .variable(let variable): message.append(self.variable(variable), number: 7)
    case .signature: message.append(bareFunction(wrapper), number: 8)
    }
    return message.bytes
  }

  /// `SavedUserObject`. The first version is revived by all classes that are registered.
  private static func object(_ identifier: String) -> [UInt8] {
    var version = WireWriter()
    version.append(1, number: 1)
    version.append(1, number: 2)
    var message = WireWriter()
    message.append(identifier, number: 1)
    message.append(version.bytes, number: 2)
    return message.bytes
  }

  /// `SavedVariable`.
  private static func variable(_ variable: SavedVariable) -> [UInt8] {
    var message = WireWriter()
    message.append(variable.kind.number, number: 1)
    message.append(variable.shape.serialized, number: 2)
    message.append(variable.isTrainable ? 1 : 0, number: 3)
    message.append(variable.name, number: 6)
    return message.bytes
  }

  /// `SavedFunction`: what is called with one argument, a tensor or a list of them.
  private static func function(
    _ function: ConcreteFunction, taking signature: StructuredValue
  ) -> [UInt8] {
    var specification = WireWriter()
    specification.append(StructuredValue.parameters(["inputs"]).serialized, number: 1)
    specification.append(signature.serialized, number: 5)
    var message = WireWriter()
    message.append(member: function.name, number: 1)
    message.append(specification.bytes, number: 2)
    return message.bytes
  }

  /// `SavedBareConcreteFunction`. It is called with the inputs' own names, which TensorFlow
  /// sanitizes itself; a `FunctionSpec` would only repeat what the function's signature says.
  private static func bareFunction(_ wrapper: SignatureWrapper) -> [UInt8] {
    var message = WireWriter()
    message.append(wrapper.definition.name, number: 1)
    for input in wrapper.inputs { message.append(member: input.tensor.name, number: 2) }
    message.append(wrapper.inputs.count == 1 ? 1 : 0, number: 3)
    return message.bytes
  }

  // MARK: Functions

  /// `SavedConcreteFunction` by the functions' names.
  private static func functions(
    of plan: SavedModelPlan
  ) throws(SavedModelWritingError) -> [(key: String, value: [UInt8])] {
    let (served, wrapper) = (plan.model.served, plan.wrapper)
    var functions: [(key: String, value: [UInt8])] = []
    functions.append(
      (
        wrapper.definition.name,
        function(
          binding: served.variables,
          taking: .tuple([.tuple([]), .entries(wrapper.inputs)]),
          giving: .entries(wrapper.outputs))
      ))
    for called in plan.functions {
      let isServed = called.name == served.name
      let outputs = StructuredValue.tensors(called.outputs)
      functions.append(
        (
          called.name,
          function(
            binding: called.variables,
            taking: .tuple([.tuple([.tensors(called.inputs)]), .dictionary([])]),
            // Keras 2 expects a layer's losses beside its outputs.
            giving: isServed ? outputs : .tuple([outputs, .list([])]))
        ))
    }
    return functions
  }

  private static func function(
    binding variables: [Int], taking inputs: StructuredValue, giving outputs: StructuredValue
  ) -> [UInt8] {
    var message = WireWriter()
    message.append(packed: variables.map { UInt64($0) }, number: 2)
    message.append(inputs.serialized, number: 3)
    message.append(outputs.serialized, number: 4)
    return message.bytes
  }
}
