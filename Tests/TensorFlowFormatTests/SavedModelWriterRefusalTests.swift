import TensorFlowGraph
import Tensors
import Testing

@testable import TensorFlowFormat

/// What would not load, or would load as something else, is not written.
@Suite struct SavedModelWriterRefusalTests {
  private func expect(
    _ error: SavedModelWritingError, of change: (inout SavedModelToWrite) -> Void
  ) throws {
    var model = try SavedModelWriterTests.toy()
    change(&model)
    #expect(throws: error) { try SavedModelWriterTests.write(model) }
  }

  @Test func aModelHasObjects() throws {
    try expect(.noObjects) { $0.checkpoint.graph = nil }
    try expect(.noObjects) { $0.checkpoint.graph = ObjectGraph(nodes: []) }
  }

  @Test func whatIsSaidIsSaidOfObjectsThatAreThere() throws {
    try expect(.noSuchObject(node: 12, count: 12)) { $0.objects[12] = .init(identifier: "x") }
    try expect(.noSuchObject(node: -1, count: 12)) { $0.objects[-1] = .init(identifier: "x") }
    try expect(.noSuchObject(node: 99, count: 12)) {
      $0.checkpoint.graph?.nodes[3].children[0].node = 99
    }
  }

  @Test func functionsAndListsHaveVariables() throws {
    try expect(.notAVariable(node: 3)) { $0.weights = [6, 3] }
    try expect(.notAVariable(node: 99)) { $0.served.variables[1] = 99 }
    try expect(.notAVariable(node: 0)) { $0.objects[4]?.call?.variables = [0] }
  }

  @Test func variablesAreNumbers() throws {
    let key = "layer_with_weights-0/bias/.ATTRIBUTES/VARIABLE_VALUE"
    try expect(.notNumbers(node: 7, key: key)) { model in
      model.checkpoint.tensors.removeAll { $0.name == key }
      model.checkpoint.texts.append(.init(key: key, bytes: []))
    }
  }

  @Test func whatKerasMakesIsReachedFromTheRoot() throws {
    try expect(.unreachable(node: 12)) {
      $0.checkpoint.graph?.nodes.append(ObjectGraph.Node())
      $0.objects[12] = .init(identifier: "_tf_keras_layer", metadata: "{}")
    }
  }

  @Test func functionsAreInTheLibraryOnce() throws {
    try expect(.noSuchFunction("f")) { $0.served.name = "f" }
    try expect(.repeatedFunction("__inference_layer_2")) { $0.library.append($0.library[0]) }
    try expect(.repeatedFunction("__inference_layer_2")) {
      var call = $0.objects[4]?.call
      call?.variables = [7]
      $0.objects[3]?.call = call
    }
    try expect(.noSuchFunction("g")) { model in
      let whole = model.library[0]
      let loop = NodeDefinition(
        name: "loop", operation: "StatelessWhile", inputs: [],
        attributes: ["body": .function("g")])
      model.library[0] = FunctionDefinition(
        name: whole.name, arguments: whole.arguments, results: whole.results,
        nodes: whole.nodes + [loop])
    }
  }

  @Test func layersThatShareAFunctionShareIt() throws {
    var model = try SavedModelWriterTests.toy()
    let call = model.objects[4]?.call
    model.objects[3]?.call = call
    #expect(try SavedModelWriterTests.write(model).count == 4)
  }

  @Test func functionsTakeAndGiveWhatIsSaidOfThem() throws {
    let name = "__inference_serve_1"
    let resources = ["resource", "resource", "resource"]
    try expect(
      .wrongArguments(
        function: name, expected: ["float32"] + resources,
        found: ["float32", "float32"] + resources)
    ) { $0.served.inputs.removeLast() }
    try expect(
      .wrongArguments(
        function: name, expected: ["float32", "int64"] + resources,
        found: ["float32", "float32"] + resources)
    ) { $0.served.inputs[1].kind = .int64 }
    try expect(
      .wrongResults(function: name, expected: ["float32"], found: ["float32", "float32"])
    ) { $0.served.outputs.removeLast() }
  }

  @Test func theSignatureTellsItsTensorsApart() throws {
    try expect(.repeatedName("in:0")) { $0.served.inputs[0].name = "in:0" }
    try expect(.repeatedName("__a")) { $0.served.outputs[0].name = "__a" }
  }

  @Test func whatIsWrongWithTheCheckpointIsItsError() throws {
    var model = try SavedModelWriterTests.toy()
    model.checkpoint.graph?.nodes[5].slots[0].variable = 99
    #expect(throws: CheckpointWritingError.noSuchNode(from: 5, name: "m", node: 99, count: 20)) {
      try SavedModelWriterTests.write(model)
    }
  }
}
