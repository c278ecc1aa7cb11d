import KerasDialects
import StrictJSON
import Tensors
import Testing

/// `(3 - x) * y + 2` and an index, as both libraries write them.
@Suite struct OperatorTests {
  @Test func functionsOfTensorFlowBecomeOperations() throws {
    let source = try GraphFixture.configuration("operations", .keras2)
    let expected = operations(of: try GraphFixture.configuration("operations", .keras3).model)
    let result = try Translation(of: source, to: .keras3, in: .archive)
    let found = operations(of: result.configuration.model)
    #expect(found.map { $0["class_name"] } == expected.map { $0["class_name"] })
    #expect(found.map { $0["module"] } == expected.map { $0["module"] })
    // Constants are where Keras 3 has them: `3.0` first, an index last.
    #expect(found.map(constants) == expected.map(constants))
  }

  @Test func operationsBecomeFunctionsOfTensorFlow() throws {
    let source = try GraphFixture.configuration("operations", .keras3)
    let expected = operations(of: try GraphFixture.configuration("operations", .keras2).model)
    let result = try Translation(of: source, to: .keras2, in: .hdf5)
    let found = operations(of: result.configuration.model)
    #expect(found.map { $0["class_name"] } == expected.map { $0["class_name"] })
    #expect(
      found.map { $0["config"]?["function"] } == expected.map { $0["config"]?["function"] })
  }

  @Test func aFunctionThatKeras3HasNotIsNamed() throws {
    var source = try GraphFixture.configuration("operations", .keras2)
    let text = source.model.canonicalText.replacing("math.multiply", with: "raw_ops.Unheard")
    source.model = try JSONValue(parsing: text)
    let notes = try Translation(of: source, to: .keras3, in: .archive).notes
    let note = try #require(notes.first { $0.kind == .impossible })
    #expect(note.location == "tf.raw_ops.Unheard")
    #expect(note.detail.contains("raw_ops.Unheard"))
  }

  private func operations(of model: JSONValue) -> [JSONValue] {
    (model["config"]?["layers"]?.array ?? []).filter { $0["class_name"] != "InputLayer" }
  }

  private func constants(_ layer: JSONValue) -> [JSONValue] {
    (layer["inbound_nodes"]?.array ?? []).flatMap { $0["args"]?.array ?? [] }.map {
      $0["class_name"] == "__keras_tensor__" ? "tensor" : $0
    }
  }
}
