import KerasFormat
import Tensors
import Testing

/// The same variable has the same path in TensorFlow's containers as in the HDF5 file.
@Suite struct TrackedModelTests {
  @Test(arguments: TrackedFixture.all)
  func weightsArePathedAsInHDF5(fixture: TrackedFixture) throws {
    let hdf5 = try fixture.hdf5()
    for (name, container) in try fixture.containers()
    where !fixture.isAmbiguous(in: name) {
      let model = try container.model(parent: hdf5.known())
      #expect(model.variables(.weight) == hdf5.variables(.weight), "\(name)")
      let origin: Architecture.Origin = container.nodes.isEmpty ? .parent : .container
      #expect(model.snapshot.architecture?.origin == origin, "\(name)")
      #expect(model.snapshot.findings == [], "\(name)")
    }
  }

  @Test(arguments: TrackedFixture.all)
  func optimizersAreTiedAsInHDF5(fixture: TrackedFixture) throws {
    let hdf5 = try fixture.hdf5()
    for (name, container) in try fixture.containers() where name != "export" {
      let model = try container.model(parent: hdf5.known())
      #expect(model.slots() == hdf5.slots(), "\(name)")
      let state = model.variables(.optimizer)
      for (path, value) in hdf5.variables(.optimizer) {
        #expect(state[path] == value, "\(name): \(path)")
      }
    }
  }

  /// An export has neither objects nor layers, and these names say only `dense/kernel`.
  @Test(arguments: ["k2-twins", "k3-twins"])
  func weightsThatTheirNamesDoNotTellApartAreNotGuessed(name: String) throws {
    let fixture = TrackedFixture(name: name)
    let parent = try fixture.hdf5().known()
    let reading = try #require(try fixture.containers()["export"]).reading(parent: parent)
    #expect(reading.architecture == nil)
    #expect(reading.findings.map(\.kind) == [.bareWeights])
    #expect(reading.findings[0].detail.contains("left/dense/kernel"))
    let weights = Set(reading.variables.filter { $0.role == .weight }.map(\.path))
    let unnamed = (0..<4).map { "variables/\($0)" }
    #expect(weights == Set(unnamed + ["head/kernel", "head/bias"]))
  }

  /// Names are all that tells of a Keras 3 `Sequential` that its own is before them.
  @Test func withoutAModelNamesArePaths() throws {
    let containers = try TrackedFixture(name: "k3-mlp").containers()
    let checkpoint = try #require(containers["checkpoint"]).model(parent: nil)
    let expected: Set = ["hidden/kernel", "hidden/bias", "probs/kernel", "probs/bias"]
    #expect(Set(checkpoint.variables(.weight).keys) == expected)
    #expect(checkpoint.slots()["optimizer/m/probs/bias"]?.weightPath == "probs/bias")
    #expect(checkpoint.snapshot.findings == [])
    let export = try #require(containers["export"]).model(parent: nil)
    #expect(Set(export.variables(.weight).keys) == Set(expected.map { "mlp/" + $0 }))
  }

  /// The copies that an export's functions use have the bytes of the weights themselves.
  @Test func copiesInAnExportAreNoWeights() throws {
    let fixture = TrackedFixture(name: "k3-mlp")
    let container = try #require(try fixture.containers()["export"])
    let model = try container.model(parent: fixture.hdf5().known())
    let copies = model.variables(.other)
    #expect(copies.count == 4)
    #expect(Set(copies.values) == Set(model.variables(.weight).values))
    #expect(copies.keys.allSatisfy { $0.hasPrefix("_all_variables/") })
    #expect(model.variables(.seed).keys.allSatisfy { $0.contains("seed_generator") })
  }

  @Test func aParentWithOtherWeightsDoesNotFit() throws {
    let container = try #require(try TrackedFixture(name: "k2-mlp").containers()["checkpoint"])
    let other = try TrackedFixture(name: "k2-convnet").hdf5().known()
    let reading = try container.reading(parent: other)
    #expect(reading.architecture == nil)
    #expect(reading.findings.map(\.kind) == [.bareWeights])
    #expect(try container.reading(parent: nil).variables == reading.variables)
  }

  @Test(arguments: TrackedFixture.all)
  func weightsAloneFindTheirModel(fixture: TrackedFixture) throws {
    let hdf5 = try fixture.hdf5()
    guard let weights = try fixture.weightsFile(parent: hdf5.known()) else { return }
    #expect(weights.variables(.weight) == hdf5.variables(.weight))
    #expect(weights.snapshot.architecture?.origin == .parent)
    #expect(weights.snapshot.findings == [])
  }
}
