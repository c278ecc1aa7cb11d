import KerasFormat
import StrictJSON
import TensorFlowFormat
import Tensors
import Testing

/// What is written as a checkpoint is what TensorFlow writes of the same model.
@Suite struct WritingCheckpointTests {
  private static let suffix = "/.ATTRIBUTES/VARIABLE_VALUE"

  private static let keras2 = TrackedFixture.all.filter { $0.name.hasPrefix("k2") }

  private func model(_ fixture: ValuedModel) throws -> ModelToWrite {
    let snapshot = fixture.snapshot
    return ModelToWrite(
      configuration: try JSONValue(parsing: snapshot.architecture?.config ?? ""),
      dialect: .keras2, training: nil, variables: snapshot.variables.map(RecordedVariable.init),
      source: snapshot.format)
  }

  /// The fixtures were saved by `tf.train.Checkpoint(net=model, opt=…)`.
  @Test(arguments: keras2)
  func keysAndValuesAreThoseOfTensorFlow(_ fixture: TrackedFixture) throws {
    let stored = try #require(fixture.containers()["checkpoint"])
    let source = try fixture.hdf5()
    let model = try model(source)
    let written = try TrackedModel.checkpoint(of: model)
    let expected = stored.values.filter {
      $0.key.hasPrefix("net/") && !$0.key.contains(".OPTIMIZER_SLOT")
        && !$0.key.contains("keras_api") && !$0.key.contains("generator")
    }
    var values: [String: String] = [:]
    for tensor in written.tensors {
      if case .stored(let ordinal) = tensor.content {
        values["net/" + tensor.name] = source.values[model.variables[ordinal].containerPath]
      }
    }
    #expect(values == expected)
  }

  /// By the names of what holds it, each variable is reached from the model as in TensorFlow's own
  /// graph of objects.
  @Test(arguments: keras2)
  func objectsHoldEachOtherAsInTensorFlow(_ fixture: TrackedFixture) throws {
    let stored = try #require(fixture.containers()["checkpoint"]?.graph)
    let written = try TrackedModel.checkpoint(of: model(fixture.hdf5())).graph
    let net = try #require(stored.nodes[0].children.first { $0.name == "net" }?.node)
    let model = try #require(written.nodes[0].children.first { $0.name == "model" }?.node)
    #expect(unheld(from: model, in: written, by: net, of: stored) == [])
    #expect(unheld(from: net, in: stored, by: model, of: written) == [])
    // `load_weights` takes the root for the model.
    #expect(unheld(from: net, in: stored, by: 0, of: written) == [])
  }

  /// The ways to variables of one graph that do not lead to the same variable in another.
  private func unheld(
    from start: Int, in graph: ObjectGraph, by other: Int, of others: ObjectGraph
  ) -> [String] {
    var missing: [String] = []
    var queue: [(node: Int, other: Int?, path: String)] = [(start, other, "")]
    while let (node, other, path) = queue.popLast() {
      let keys = keys(of: graph.nodes[node])
      if !keys.isEmpty, other.map({ self.keys(of: others.nodes[$0]) }) != keys {
        missing.append(path)
      }
      for child in graph.nodes[node].children where !isAside(child.name) {
        let twin = other.flatMap { others.nodes[$0].children.first { $0.name == child.name }?.node }
        queue.append((child.node, twin, path + "/" + child.name))
      }
    }
    return missing
  }

  private func keys(of node: ObjectGraph.Node) -> [String] {
    node.attributes.map { $0.key.hasPrefix("net/") ? String($0.key.dropFirst(4)) : $0.key }
  }

  /// What a model holds beside its layers, and so twice.
  private func isAside(_ name: String) -> Bool {
    ["optimizer", "keras_api", "_random_generator", "root"].contains(name)
      || name.hasSuffix("function")
  }

  @Test func nodesAndKeysAreSound() throws {
    for fixture in Self.keras2 {
      let written = try TrackedModel.checkpoint(of: model(fixture.hdf5()))
      let keys = written.tensors.map(\.name)
      #expect(Set(keys).count == keys.count)
      let attributes = written.graph.nodes.flatMap { $0.attributes.map(\.key) }
      #expect(attributes.sorted() == keys.sorted())
      #expect(
        written.graph.nodes.flatMap(\.children).allSatisfy {
          written.graph.nodes.indices.contains($0.node)
        })
    }
  }

  @Test func withoutAnArchitecturePathsAreObjects() throws {
    let shape = Shape([2]) ?? .scalar
    let variables = ["a/w.x", "a/b"].map {
      RecordedVariable(
        path: $0, containerPath: $0, role: .weight, slot: nil, dtype: .float32, shape: shape)
    }
    let written = try TrackedModel.checkpoint(ofBare: variables)
    // `.` is escaped in keys: `escape_local_name` of tensorflow/python/trackable/trackable_utils.py
    #expect(written.tensors.map(\.name) == ["a/w..x" + Self.suffix, "a/b" + Self.suffix])
    #expect(written.graph.nodes[0].children.map(\.name) == ["a"])
    #expect(written.graph.nodes[1].children.map(\.name) == ["w.x", "b"])
    #expect(written.graph.nodes[2].attributes.map(\.fullName) == ["a/w.x"])
  }
}
