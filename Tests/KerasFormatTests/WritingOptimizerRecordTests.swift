import KerasFormat
import StrictJSON
import Tensors
import Testing

/// What a version may have of an optimizer, also what makes no sense.
@Suite struct WritingOptimizerRecordTests {
  private func variable(
    _ path: String, _ dtype: DType = .float32, _ dimensions: [Int] = []
  ) throws -> RecordedVariable {
    RecordedVariable(
      path: path, containerPath: path, role: .optimizer, slot: nil, dtype: dtype,
      shape: try #require(Shape(dimensions)))
  }

  private static let adam: JSONValue = [
    "class_name": "Adam", "config": ["name": "adam", "learning_rate": .number("0.01")],
  ]

  private func state(
    of variables: [RecordedVariable], numbers: [Int: [UInt8]], _ optimizer: JSONValue = adam,
    generation: KerasGeneration = .keras3
  ) throws -> OptimizerToWrite? {
    let record = try OptimizerRecord(of: variables, numbers: numbers)
    return try OptimizerToWrite.state(
      of: record, for: optimizer, training: [], in: generation, container: .weightsHDF5)
  }

  @Test func untiedStateIsNamed() throws {
    let variables = [
      try variable("optimizer/iteration", .int64), try variable("optimizer/vars/7", .float32, [2]),
      try variable("optimizer/strange"),
    ]
    #expect(throws: OptimizerObstacle.untied(paths: ["optimizer/vars/7", "optimizer/strange"])) {
      try OptimizerRecord(of: variables, numbers: [:])
    }
  }

  @Test func twoIterationsAreAmbiguous() throws {
    let variables = [
      try variable("optimizer/a/iteration", .int64), try variable("optimizer/b/iteration", .int64),
    ]
    #expect(
      throws: OptimizerObstacle.ambiguous(
        number: "iteration", paths: ["optimizer/a/iteration", "optimizer/b/iteration"])
    ) { try OptimizerRecord(of: variables, numbers: [:]) }
  }

  /// TensorFlow before 2.11 kept settings as variables, and Keras 1 counted in floating point.
  @Test(arguments: [
    (DType.int32, [3, 0, 0, 0] as [UInt8]), (.int64, [3, 0, 0, 0, 0, 0, 0, 0]),
    (.float32, [0, 0, 0x40, 0x40]),
  ])
  func iterationBecomesAnInteger(_ dtype: DType, _ bytes: [UInt8]) throws {
    let variables = [try variable("optimizer/beta_1"), try variable("optimizer/iteration", dtype)]
    #expect(OptimizerRecord.numbers(in: variables) == [0, 1])
    let written = try #require(try state(of: variables, numbers: [1: bytes]))
    let first = try #require(try written.groups()[0].state.variables.first)
    #expect(first.dtype == .int64)
    #expect(
      first.content == (dtype == .int64 ? .stored(1) : .literal([3, 0, 0, 0, 0, 0, 0, 0])))
  }

  @Test(arguments: [[], [1], [0, 0, 0xC0, 0x7F], [0, 0, 0x80, 0x7F], [0, 0, 0x20, 0x40]])
  func iterationThatIsNoneIsAnError(_ bytes: [UInt8]) throws {
    let variables = [try variable("optimizer/iteration")]
    #expect(throws: OptimizerObstacle.unreadableNumber(path: "optimizer/iteration")) {
      try state(of: variables, numbers: [0: bytes])
    }
  }

  @Test func unknownOptimizersAreNamed() throws {
    let variables = [try variable("optimizer/iteration", .int64)]
    let numbers = [0: [UInt8](repeating: 0, count: 8)]
    let mine: JSONValue = ["class_name": "my>Own", "config": [:]]
    #expect(throws: OptimizerObstacle.unknownOptimizer(className: "Own")) {
      try state(of: variables, numbers: numbers, mine)
    }
    let lamb: JSONValue = ["class_name": "Lamb", "config": [:]]
    #expect(throws: OptimizerObstacle.unknownOptimizer(className: "Lamb")) {
      try state(of: variables, numbers: numbers, lamb, generation: .keras2)
    }
    for strange: JSONValue in [
      .null, [:], ["class_name": "LossScaleOptimizer"], ["class_name": ">"], ["class_name": 1],
    ] {
      #expect(throws: OptimizerObstacle.noOptimizer) {
        try state(of: variables, numbers: numbers, strange)
      }
    }
  }

  @Test func slotsOfAnotherShapeAreAnError() throws {
    let shape = try #require(Shape([3]))
    let weight = TrainedWeight(
      path: "d/bias", keras2Name: "d/bias", keras3Name: "d/bias", dtype: .float32, shape: shape)
    let slots = try ["m", "v"].map { name in
      RecordedVariable(
        path: "optimizer/\(name)/d/bias", containerPath: name, role: .optimizer,
        slot: OptimizerSlot(name: name, weightPath: "d/bias"), dtype: .float32,
        shape: try #require(Shape([name == "m" ? 3 : 4])))
    }
    let variables = slots + [try variable("optimizer/iteration", .int64)]
    let record = try OptimizerRecord(
      of: variables, numbers: [2: [UInt8](repeating: 0, count: 8)])
    #expect(
      throws: OptimizerObstacle.unfitting(
        path: "optimizer/v/d/bias", expected: "float32 (3,)", found: "float32 (4,)")
    ) {
      try OptimizerToWrite.state(
        of: record, for: Self.adam, training: [weight], in: .keras2, container: .checkpoint)
    }
  }
}
