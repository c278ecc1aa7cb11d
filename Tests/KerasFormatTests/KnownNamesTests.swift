import KerasFormat
import Tensors
import Testing

/// Tensors that have names and nothing else, and the model they may be of.
@Suite struct KnownNamesTests {
  private struct Fixture {
    let parent: KnownModel
    /// In the order of the model.
    let weights: [KnownVariable]

    init(_ name: String) throws {
      parent = try TrackedFixture(name: name).hdf5().known()
      weights = parent.variables.filter { $0.role == .weight }
    }
  }

  private func snapshot(_ tensors: [(name: String, like: KnownVariable)]) throws -> ModelSnapshot {
    var snapshot = ModelSnapshot(format: .safetensors)
    for (place, tensor) in tensors.enumerated() {
      let byteCount = UInt64(tensor.like.shape.byteCount(of: tensor.like.dtype) ?? 0)
      let extent = try #require(ByteExtent(offset: UInt64(place) << 20, length: byteCount))
      snapshot.variables.append(
        Variable(
          path: tensor.name, containerPath: tensor.name, role: .weight, dtype: tensor.like.dtype,
          shape: tensor.like.shape, bytes: .source(file: 0, extent)))
    }
    return snapshot
  }

  /// What Keras 2 and 3 call the variables of `nested`: `Variable.name` and `Variable.path`.
  private static let keras2 = [
    "encoder/inner_dense/kernel": "inner_dense/kernel:0", "encoder/tail/s1/bias": "s1/bias:0",
  ]
  private static let keras3 = ["encoder/tail/s1/bias": "tail/s1/bias"]

  @Test(arguments: [
    "canonical", "dots", "keras2", "keras3", "numbered", "model's name",
  ])
  func aWeightGoesByManyNames(spelling: String) throws {
    let fixture = try Fixture("k3-nested")
    let tensors = fixture.weights.enumerated().map { place, weight in
      let path = weight.path
      let name =
        switch spelling {
        case "dots": path.split(separator: "/").joined(separator: ".")
        case "keras2": Self.keras2[path] ?? path
        case "keras3": Self.keras3[path] ?? path
        case "numbered": "\(100 + place)|" + path
        case "model's name": "nested/" + path
        default: path
        }
      return (name, weight)
    }
    let named = KnownNames.named(try snapshot(tensors.reversed()), parent: fixture.parent)
    #expect(named.variables.map(\.path) == fixture.weights.map(\.path).reversed())
    #expect(named.variables.map(\.containerPath) == tensors.map(\.0).reversed())
    #expect(named.architecture?.config == fixture.parent.architecture.config)
    #expect(named.architecture?.origin == .parent)
    #expect(named.findings == [])
  }

  @Test func keras3sSequentialIsBeforeItsNames() throws {
    let fixture = try Fixture("k3-mlp")
    let names = ["kernel", "bias"].flatMap { ["mlp.hidden.\($0)", "mlp.probs.\($0)"] }.sorted()
    let weights = fixture.weights.sorted { $0.path < $1.path }
    let named = KnownNames.named(
      try snapshot(Array(zip(names, weights))), parent: fixture.parent)
    #expect(named.variables.map(\.path) == weights.map(\.path))
  }

  @Test func namesThatSayNothingLeaveShapes() throws {
    let fixture = try Fixture("k2-mlp")
    let tensors = fixture.weights.reversed().enumerated().map { ("arr_\($0)", $1) }
    let named = KnownNames.named(try snapshot(tensors), parent: fixture.parent)
    #expect(named.variables.map(\.path) == fixture.weights.map(\.path).reversed())
  }

  @Test func numberedArraysAreInTheModelsOrder() throws {
    let fixture = try Fixture("k2-convnet")
    let tensors = fixture.weights.enumerated().map { ("arr_\($0)", $1) }
      .sorted { $0.0 < $1.0 }
    let named = KnownNames.named(try snapshot(tensors), parent: fixture.parent)
    #expect(Set(named.variables.map(\.path)).count == fixture.weights.count)
    for variable in named.variables {
      let number = try #require(Int(variable.containerPath.dropFirst(4)))
      #expect(variable.path == fixture.weights[number].path)
    }
  }

  /// A legacy HDF5 file has other orders for nested models, and a checkpoint lists by name.
  @Test(arguments: [("k2-nested", ModelFormat.kerasHDF5), ("k2-convnet", .checkpoint)])
  func numberedArraysAreNotGuessedFromAnotherOrder(
    _ name: String, _ format: ModelFormat
  ) throws {
    let fixture = try Fixture(name)
    let parent = KnownModel(
      format: format, architecture: fixture.parent.architecture, training: nil,
      variables: fixture.parent.variables)
    let tensors = fixture.weights.enumerated().map { ("arr_\($0)", $1) }
    let named = KnownNames.named(try snapshot(tensors), parent: parent)
    #expect(named.architecture == nil)
    #expect(named.findings.map(\.kind) == [.bareWeights])
    #expect(named.variables.map(\.path) == tensors.map(\.0))
  }

  @Test func aNameThatSaysSomethingElseIsNotTheParents() throws {
    let fixture = try Fixture("k2-mlp")
    let tensors = fixture.weights.enumerated().map { ("encoder.w\($0)", $1) }
    let named = KnownNames.named(try snapshot(tensors), parent: fixture.parent)
    #expect(named.architecture == nil)
    #expect(named.findings.map(\.kind) == [.bareWeights])
  }

  @Test func optimizerStateKeepsItsRoleAndSlot() throws {
    let fixture = try Fixture("k2-mlp")
    let all = fixture.parent.variables
    let named = KnownNames.named(
      try snapshot(all.map { ($0.path, $0) }), parent: fixture.parent)
    #expect(named.variables.map(\.role) == all.map(\.role))
    #expect(named.variables.map(\.slot) == all.map(\.slot))
  }

  @Test func whatDoesNotFitFirstIsSaid() throws {
    let fixture = try Fixture("k2-mlp")
    let tensors = fixture.weights.map { ($0.path, $0) }
    let extra = try snapshot(tensors + [("more/kernel", fixture.weights[0])])
    let missing = try snapshot(Array(tensors.dropFirst()))
    let swapped = try snapshot(
      [(tensors[0].0, fixture.weights[1])] + tensors.dropFirst())
    let path = fixture.weights[0].path
    for (snapshot, words) in [
      (extra, "the parent has no weight more/kernel"),
      (missing, "the parent's weight \(path), float32"), (swapped, "\(path) is float32"),
    ] {
      let named = KnownNames.named(snapshot, parent: fixture.parent)
      #expect(named.variables == snapshot.variables)
      #expect(named.architecture == nil)
      #expect(named.findings.map(\.kind) == [.bareWeights])
      #expect(named.findings.first?.detail.hasPrefix(words) == true, "\(named.findings)")
    }
  }

  @Test func withoutAParentNothingChanges() throws {
    let fixture = try Fixture("k3-mlp")
    let bare = try snapshot(fixture.weights.map { ("mlp." + $0.path, $0) })
    #expect(KnownNames.named(bare, parent: nil) == bare)
  }
}
