import TensorFlowGraph

/// The graph that a session runs: the variables, a call of the signature's function, and what
/// restores and saves.
struct ServingGraph {
  private(set) var nodes: [NodeDefinition] = []
  /// The tensors that the signature's function takes, without the variables, and those it gives.
  private(set) var inputs: [String] = []
  private(set) var outputs: [String] = []
  /// The tensor that takes a checkpoint's name, the one that gives it when the variables are
  /// written, and the node that reads them.
  private(set) var file = ""
  private(set) var saved = ""
  private(set) var restored = ""

  private var names: NodeNames

  /// - Parameter names: those that the plan gave its variables.
  init(of plan: SavedModelPlan, names: NodeNames) throws(SavedModelWritingError) {
    self.names = names
    for variable in plan.variables {
      // In a session variables without the shared name are one.
      nodes.append(
        NodeDefinition(
          name: variable.name, operation: "VarHandleOp", inputs: [],
          attributes: [
            "dtype": .kind(variable.kind), "shape": .shape(variable.shape),
            "shared_name": .text(variable.name),
          ]))
    }
    try addCall(of: plan)
    let file = add(
      "Placeholder", as: "saver_filename",
      attributes: ["dtype": .kind(.string), "shape": .shape([])])
    self.file = file + ":0"
    // Without variables the checkpoint's name comes back as it is.
    saved = self.file
    if plan.variables.isEmpty {
      restored = add("NoOp", as: "save/restore_all")
    } else {
      addSaver(of: plan.variables, file: file)
    }
  }

  /// Adds a node and tells its name.
  private mutating func add(
    _ operation: String, as text: String, inputs: [String] = [],
    attributes: [String: AttributeValue] = [:]
  ) -> String {
    let name = names.name(for: text)
    nodes.append(
      NodeDefinition(name: name, operation: operation, inputs: inputs, attributes: attributes))
    return name
  }

  private mutating func addCall(of plan: SavedModelPlan) throws(SavedModelWritingError) {
    let wrapper = plan.wrapper
    let handles = try plan.variables(at: plan.model.served.variables).map(\.name)
    inputs = wrapper.inputs.map { input in
      add(
        "Placeholder", as: "\(plan.model.signature)_\(input.tensor.name)",
        attributes: ["dtype": .kind(input.tensor.kind), "shape": .shape(input.tensor.shape)])
    }
    let call = add(
      SignatureWrapper.operation, as: SignatureWrapper.operation, inputs: inputs + handles,
      attributes: SignatureWrapper.attributes(
        calling: wrapper.definition.name, wrapper.inputs.map(\.tensor.kind), handles: handles.count,
        wrapper.outputs.map(\.tensor.kind)))
    outputs = wrapper.outputs.indices.map { "\(call):\($0)" }
    inputs = inputs.map { $0 + ":0" }
  }

  private mutating func addSaver(of variables: [SavedVariable], file: String) {
    let keys = constant(variables.map { Array($0.key.utf8) }, as: "save/keys")
    let slices = constant(variables.map { _ in [] }, as: "save/slices")
    let kinds: [String: AttributeValue] = ["dtypes": .kinds(variables.map(\.kind))]

    let read = add(
      "RestoreV2", as: "save/RestoreV2", inputs: [file, keys, slices], attributes: kinds)
    let assigned = variables.enumerated().map { place, variable in
      add(
        "AssignVariableOp", as: "save/AssignVariableOp",
        inputs: [variable.name, "\(read):\(place)"],
        attributes: ["dtype": .kind(variable.kind)])
    }
    restored = add("NoOp", as: "save/restore_all", inputs: assigned.map { "^" + $0 })

    let values = variables.map { variable in
      add(
        "ReadVariableOp", as: "save/ReadVariableOp", inputs: [variable.name],
        attributes: ["dtype": .kind(variable.kind)])
    }
    let written = add(
      "SaveV2", as: "save/SaveV2", inputs: [file, keys, slices] + values, attributes: kinds)
    let name = add(
      "Identity", as: "save/control_dependency", inputs: [file, "^" + written],
      attributes: ["T": .kind(.string)])
    saved = name + ":0"
  }

  private mutating func constant(_ strings: [[UInt8]], as name: String) -> String {
    let tensor = ConstantTensor(
      kind: .string, dimensions: [strings.count], elements: .strings(strings))
    return add(
      "Const", as: name, attributes: ["dtype": .kind(.string), "value": .tensor(tensor)])
  }
}
