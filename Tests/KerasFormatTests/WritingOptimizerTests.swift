import KerasFormat
import StrictJSON
import TensorFlowFormat
import Tensors
import Testing

/// Optimizers' variables as the libraries themselves have them after some steps.
@Suite struct WritingOptimizerTests {
  @Test(arguments: WrittenOptimizer.all)
  func variablesAreThoseOfTheLibrary(_ optimizer: WrittenOptimizer) throws {
    let written = try #require(try optimizer.state(in: .legacyHDF5))
    let tensors = try written.legacyTensors()
    let expected = try optimizer.variables()
    #expect(tensors.map(\.dtype.rawValue) == expected.map(\.dtype))
    #expect(tensors.map(\.shape.dimensions) == expected.map(\.shape))
    if optimizer.namesAreTheLibrarys { #expect(tensors.map(\.name) == expected.map(\.name)) }
    let groups = try #require(try optimizer.state(in: .weightsHDF5)).groups()
    let numbered = groups[0].state.variables
    #expect(numbered.map(\.content) == tensors.map(\.content))
    #expect(groups.map(\.path) == ["optimizer"] + (optimizer.isScaled ? [inner] : []))
    #expect(
      Array(numbered.suffix(groups[groups.count - 1].state.variables.count).map(\.content))
        == groups[groups.count - 1].state.variables.map(\.content))
  }

  private let inner = "optimizer/inner_optimizer"

  /// The slots that were put in come out at their places: the fixture's order is the library's.
  @Test(arguments: WrittenOptimizer.all)
  func slotsAreStoredOnes(_ optimizer: WrittenOptimizer) throws {
    let written = try #require(try optimizer.state(in: .weightsHDF5))
    let contents = try written.groups()[0].state.variables.map(\.content)
    let stored = contents.compactMap { content -> Int? in
      if case .stored(let ordinal) = content { ordinal } else { nil }
    }
    #expect(Set(stored).count == stored.count)
    #expect(stored == stored.sorted())
  }

  @Test(arguments: WrittenOptimizer.all.filter { $0.generation == .keras2 })
  func checkpointsAreThoseOfKeras2(_ optimizer: WrittenOptimizer) throws {
    let written = try #require(try optimizer.state(in: .checkpoint))
    let state = try written.trackedState()
    let expected = try optimizer.checkpoint()
    #expect(
      Dictionary(uniqueKeysWithValues: state.tensors.map { ($0.name, $0.dtype.rawValue) })
        == expected.types)
    let nodes = state.graph.nodes
    let attributes = nodes.flatMap(\.attributes)
    let names = Dictionary(uniqueKeysWithValues: attributes.map { ($0.key, $0.fullName) })
    #expect(names.keys.sorted() == expected.types.keys.sorted())
    // Keras 2 calls these `r`.
    let same = names.filter { !$0.key.hasPrefix("optimizer/_c/") }
    if optimizer.namesAreTheLibrarys {
      #expect(same == expected.names.filter { same[$0.key] != nil })
    }
    var lists: [String: [String: String]] = [:]
    for child in nodes[0].children {
      let held = nodes[child.node]
      lists[child.name] = Dictionary(
        uniqueKeysWithValues: held.children.map { ($0.name, nodes[$0.node].attributes[0].key) })
      if let own = held.attributes.first { lists[child.name] = ["": own.key] }
    }
    #expect(lists == expected.lists)
  }

  @Test func nadamsProductIsComputedAsKeras3Does() throws {
    let optimizer = WrittenOptimizer(generation: .keras3, name: "Nadam")
    let written = try #require(try optimizer.state(in: .weightsHDF5) { $0 != "u_product" })
    let last = try #require(try written.groups()[0].state.variables.last)
    guard case .literal(let bytes) = last.content else {
      Issue.record("\(last.content)")
      return
    }
    let bits = bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let expected = Float(try #require(try optimizer.json()["u_product"]?.double))
    #expect(abs(Float(bitPattern: bits) - expected) <= expected.ulp * 2)
    #expect(written.gaps.isEmpty)
    #expect(written.notes.map(\.location) == ["optimizer/u_product"])
  }

  @Test func everyMissingSlotIsNamed() throws {
    let optimizer = WrittenOptimizer(generation: .keras3, name: "Adam")
    let gone = OptimizerSlot(name: "v", weightPath: "out/kernel")
    #expect(throws: OptimizerObstacle.missingSlots([gone])) {
      try optimizer.state(in: .weightsHDF5) { $0 != "v/out/kernel" }
    }
    #expect(throws: OptimizerObstacle.missingNumber("iteration")) {
      try optimizer.state(in: .weightsHDF5) { $0 != "iteration" }
    }
  }

  @Test func whatIsNotThereIsNotWritten() throws {
    let optimizer = WrittenOptimizer(generation: .keras3, name: "Adam")
    #expect(try optimizer.state(in: .weightsHDF5) { _ in false } == nil)
  }

  @Test func momentumThatDoesNotCountStartsAtZero() throws {
    let optimizer = WrittenOptimizer(generation: .keras2, name: "SGD")
    let written = try #require(
      try optimizer.state(in: .weightsHDF5) { !$0.hasPrefix("momentum/") })
    let variables = try written.groups()[0].state.variables
    #expect(variables[1].content == .filled([0, 0, 0, 0], count: 12))
    #expect(written.gaps.isEmpty)
    let unused = WrittenOptimizer(generation: .keras3, name: "SGD")
    let left = try #require(try unused.state(in: .weightsHDF5, extra: ["momentum"]))
    #expect(left.notes.map(\.location) == ["optimizer/momentum"])
    #expect(try left.groups()[0].state.variables.count == 2)
  }

  @Test func theVersionsLearningRateCounts() throws {
    for generation in [KerasGeneration.keras2, .keras3] {
      let optimizer = WrittenOptimizer(generation: generation, name: "Adam")
      // 0.5 as float32.
      let written = try #require(
        try optimizer.state(in: .weightsHDF5, rate: [0, 0, 0, 0x3F]))
      #expect(written.configuration["config"]?["learning_rate"]?.double == 0.5)
      #expect(written.notes.map(\.location) == ["optimizer/learning_rate"])
    }
  }

  @Test func gapsAreToldFor() throws {
    func gaps(
      _ generation: KerasGeneration, _ name: String, _ container: OptimizerContainer
    ) throws -> [String] {
      let optimizer = WrittenOptimizer(generation: generation, name: name)
      return try #require(try optimizer.state(in: container)).gaps.map(\.location)
    }
    #expect(try gaps(.keras3, "Adam", .legacyHDF5) == ["optimizer"])
    #expect(try gaps(.keras3, "SGD", .legacyHDF5) == [])
    #expect(try gaps(.keras2, "Nadam", .legacyHDF5) == ["optimizer/u_product"])
    #expect(try gaps(.keras2, "Nadam", .checkpoint) == ["optimizer/u_product"])
    #expect(try gaps(.keras2, "Adam, scaled", .weightsHDF5) == ["optimizer/dynamic_scale"])
    #expect(try gaps(.keras2, "Adam, scaled", .checkpoint) == [])
  }
}
