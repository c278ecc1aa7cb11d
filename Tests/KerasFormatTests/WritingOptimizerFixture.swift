import Foundation
import KerasFormat
import StrictJSON
import Tensors
import Testing

/// An optimizer in `Fixtures/optimizers.json`, which `Fixtures/make_optimizers.py` made with the
/// libraries.
struct WrittenOptimizer: CustomTestStringConvertible, Sendable {
  let generation: KerasGeneration
  let name: String

  var testDescription: String { "\(generation.rawValue) \(name)" }

  private static let both = [
    "Adam", "Adam, amsgrad, averaged", "Adam, scheduled", "AdamW", "Nadam", "SGD", "SGD, momentum",
    "RMSprop", "RMSprop, all", "Adagrad", "Adadelta", "Adamax", "Ftrl", "Lion", "Adafactor",
    "Adam, scaled",
  ]

  static let all =
    both.map { WrittenOptimizer(generation: .keras2, name: $0) }
    + (both + ["Adam, accumulating", "Lamb", "Muon", "ScheduleFreeAdamW"]).map {
      WrittenOptimizer(generation: .keras3, name: $0)
    }

  var isScaled: Bool { name == "Adam, scaled" }

  /// A wrapper's variables have another scope when training made them than when loading did, the
  /// product of Nadam has none, and Keras 3 calls what Adafactor keeps all the same.
  var namesAreTheLibrarys: Bool {
    !isScaled && !(generation == .keras3 && ["Adafactor", "Nadam"].contains(name))
  }

  private static let parsed = Result {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    return try JSONValue(
      parsing: Data(contentsOf: folder.appendingPathComponent("Fixtures/optimizers.json")))
  }

  func json() throws -> JSONValue {
    try #require(try Self.parsed.get()[generation.rawValue]?[name])
  }

  func variables() throws -> [(name: String, dtype: String, shape: [Int])] {
    try #require(try json()["variables"]?.array).map { variable in
      let parts = try #require(variable.array)
      return (
        try #require(parts[0].string), try #require(parts[1].string),
        try #require(parts[2].array).compactMap(\.integer)
      )
    }
  }

  /// What a checkpoint has: the types and names by keys, and the keys in each list.
  func checkpoint() throws -> (
    types: [String: String], names: [String: String], lists: [String: [String: String]]
  ) {
    let json = try #require(try json()["checkpoint"])
    func texts(_ json: JSONValue?) -> [String: String] {
      (json?.object ?? [:]).compactMapValues(\.string)
    }
    let lists = (json["lists"]?.object ?? [:]).mapValues { list in
      list.array.map { ["": $0.first?.string ?? ""] } ?? texts(list)
    }
    return (texts(json["types"]), texts(json["names"]), lists)
  }

  /// The weights of the fixture's model.
  private static let weights = [
    ("conv/kernel", [2, 2, 3]), ("conv/bias", [3]), ("out/kernel", [9, 2]), ("out/bias", [2]),
  ]

  private static let slots = [
    "Adam": ["m", "v"], "Adam, amsgrad, averaged": ["average", "m", "v", "vhat"],
    "Adam, accumulating": ["average", "gradient_accumulator", "m", "v"],
    "Adam, scheduled": ["m", "v"], "Adam, scaled": ["m", "v"], "AdamW": ["m", "v"],
    "Nadam": ["m", "v"], "Lamb": ["m", "v"], "SGD, momentum": ["momentum"],
    "RMSprop": ["velocity"], "RMSprop, all": ["velocity", "momentum", "average_gradient"],
    "Adagrad": ["accumulator"], "Adadelta": ["accumulator", "delta_accumulator"],
    "Adamax": ["m", "u"], "Ftrl": ["accumulator", "linear"], "Lion": ["m"],
    "Adafactor": ["r", "c", "v"], "Muon": ["momentum", "velocity"],
    "ScheduleFreeAdamW": ["momentum", "velocity"],
  ]

  /// A version's variables, in the order in which the optimizer has them.
  private func recorded(extra: [String]) throws -> [RecordedVariable] {
    var variables: [RecordedVariable] = []
    func add(_ path: String, _ slot: OptimizerSlot?, _ dtype: DType, _ dimensions: [Int]) throws {
      variables.append(
        RecordedVariable(
          path: "optimizer/" + path, containerPath: path, role: .optimizer, slot: slot,
          dtype: dtype, shape: try #require(Shape(dimensions))))
    }
    if isScaled {
      try add("loss_scale_optimizer/iteration", nil, .int64, [])
      try add("loss_scale_optimizer/learning_rate", nil, .float32, [])
      try add("step_counter", nil, .int64, [])
      try add("dynamic_scale", nil, .float32, [])
    }
    try add("iteration", nil, .int64, [])
    try add("learning_rate", nil, .float32, [])
    let own = Self.slots[name] ?? (generation == .keras2 ? ["momentum"] : [])
    // Passes over all weights, as far as the order shows.
    let passes = ["average", "gradient_accumulator", "velocity", "momentum", "average_gradient"]
    let together = own.filter { !passes.contains($0) && $0 != "vhat" }
    let separate = own.filter { ["average", "gradient_accumulator"].contains($0) }.map { [$0] }
    let isRMSprop = name.hasPrefix("RMSprop")
    let last = own.filter { $0 == "vhat" }.map { [$0] }
    let middle =
      isRMSprop ? own.map { [$0] } : together.isEmpty ? [own] : [together]
    for names in separate + middle + last + extra.map({ [$0] }) {
      for (weight, shape) in Self.weights {
        for slot in names where !(name == "Muon" && slot == "velocity" && shape.count == 2) {
          let (dtype, dimensions) = form(slot, shape)
          try add(
            "\(slot)/\(weight)", OptimizerSlot(name: slot, weightPath: weight), dtype, dimensions)
        }
      }
    }
    if name == "Nadam" { try add("u_product", nil, .float32, []) }
    return variables
  }

  private func form(_ slot: String, _ shape: [Int]) -> (DType, [Int]) {
    guard ["r", "c"].contains(slot) else { return (.float32, shape) }
    if shape.count < 2 { return (.int32, []) }
    return (.float32, slot == "r" ? shape.dropLast() : shape.dropLast(2) + shape.suffix(1))
  }

  /// The state of a version that the library trained.
  ///
  /// - Parameters:
  ///   - rate: the bytes of its learning rate; else the configuration's.
  ///   - extra: slots that the optimizer does not have.
  ///   - isThere: whether the version has a variable, by its path below `optimizer/`.
  func state(
    in container: OptimizerContainer, rate: [UInt8]? = nil, extra: [String] = [],
    where isThere: (String) -> Bool = { _ in true }
  ) throws -> OptimizerToWrite? {
    let variables = try recorded(extra: extra).filter { isThere($0.containerPath) }
    let json = try json()
    let configuration = try #require(json["optimizer"])
    let config = configuration["config"]
    let inner = config?["inner_optimizer"]?["config"] ?? config
    let configured = Float(inner?["learning_rate"]?.double ?? 0).bitPattern
    var numbers: [Int: [UInt8]] = [:]
    for place in OptimizerRecord.numbers(in: variables) {
      switch variables[place].dtype {
      case .int64: numbers[place] = [3, 0, 0, 0, 0, 0, 0, 0]
      default:
        let own = (0..<4).map { UInt8(truncatingIfNeeded: configured >> (8 * UInt32($0))) }
        numbers[place] = rate ?? own
      }
    }
    let weights = try Self.weights.map { path, dimensions in
      TrainedWeight(
        path: path, keras2Name: path, keras3Name: "net/" + path, dtype: .float32,
        shape: try #require(Shape(dimensions)))
    }
    let record = try OptimizerRecord(of: variables, numbers: numbers)
    return try OptimizerToWrite.state(
      of: record, for: configuration, training: weights, in: generation, container: container)
  }
}
