import StrictJSON
import Tensors

/// Finds what each variable of an optimizer is to hold.
struct OptimizerBuilder {
  typealias Variable = OptimizerToWrite.Variable

  let record: OptimizerRecord
  let plan: OptimizerPlan
  let weights: [TrainedWeight]
  let container: OptimizerContainer

  private(set) var wrapperVariables: [Variable] = []
  private(set) var variables: [Variable] = []
  private(set) var tracked: [Variable] = []
  private(set) var notes: [ConversionNote] = []
  private(set) var gaps: [ConversionNote] = []
  /// The version's, when it is another than the configuration's.
  private(set) var learningRate: Float?
  private var slots: [Variable] = []
  private var used: Set<OptimizerSlot> = []
  private var isBuilt = true
  /// As far as the version has it.
  private var iteration: Int64?

  init(
    record: OptimizerRecord, plan: OptimizerPlan, weights: [TrainedWeight],
    container: OptimizerContainer
  ) {
    self.record = record
    self.plan = plan
    self.weights = weights
    self.container = container
  }

  mutating func build() throws(OptimizerObstacle) {
    iteration = try record.scalars[.iteration].map { item throws(OptimizerObstacle) in
      try item.integer()
    }
    // Nothing was trained: Keras makes the slots at the first step.
    isBuilt = !(record.slots.isEmpty && (iteration ?? 0) == 0)
    if isBuilt { try addSlots() }
    let rate = try rateVariable()
    variables = [try iterationVariable()]
    if plan.generation == .keras3, let rate { variables.append(rate) }
    variables += slots
    if plan.wrapper != nil { try addWrapper() }
    if container == .checkpoint {
      if let rate { tracked.append(rate) } else { tracked.append(try currentRateVariable()) }
      tracked += placeholders
    }
    if plan.inner.key == "nadam", isBuilt { try addMomentumProduct() }
    noteLeftOut()
    if plan.generation == .keras3, container == .legacyHDF5, variables.count > 2 {
      gaps.append(
        ConversionNote(
          .lost, at: "optimizer",
          "Keras 3 reads only the iteration and the learning rate from this format"))
    }
  }

  // MARK: Slots

  private mutating func addSlots() throws(OptimizerObstacle) {
    let stored = Set(record.slots.keys)
    var missing: [OptimizerSlot] = []
    for pass in plan.passes {
      for (place, weight) in weights.enumerated() {
        for kind in plan.kinds(in: pass, for: weight, having: stored) {
          let slot = OptimizerSlot(name: kind.name, weightPath: weight.path)
          if let variable = try variable(kind, of: place, slot) {
            slots.append(variable)
            used.insert(slot)
          } else {
            missing.append(slot)
          }
        }
      }
    }
    guard missing.isEmpty else { throw .missingSlots(missing) }
  }

  /// `nil` when the version does not have it, and it cannot be made.
  private func variable(
    _ kind: OptimizerSlotKind, of place: Int, _ slot: OptimizerSlot
  ) throws(OptimizerObstacle) -> Variable? {
    let weight = weights[place]
    let (dtype, shape) = try Self.form(of: kind, weight)
    func made(_ content: OptimizerToWrite.Content) -> Variable {
      Variable(
        meaning: .slot(kind, weight: place), dtype: dtype, shape: shape, content: content)
    }
    if let item = record.slots[slot] {
      guard item.shape == shape, item.dtype == dtype else {
        throw .unfitting(
          path: item.path, expected: "\(dtype.rawValue) \(shape)",
          found: "\(item.dtype.rawValue) \(item.shape)")
      }
      return made(.stored(item.ordinal))
    }
    return startsAtZero(kind, weight)
      ? made(.filled([UInt8](repeating: 0, count: dtype.byteWidth))) : nil
  }

  /// Adafactor sums over each of the last two dimensions; where there are no two, Keras has a zero
  /// in the place of the sums.
  private static func form(
    of kind: OptimizerSlotKind, _ weight: TrainedWeight
  ) throws(OptimizerObstacle) -> (DType, Shape) {
    guard kind.name == "r" || kind.name == "c" else { return (weight.dtype, weight.shape) }
    let dimensions = weight.shape.dimensions
    guard dimensions.count >= 2 else { return (.int32, .scalar) }
    let summed =
      kind.name == "r" ? dimensions.dropLast() : dimensions.dropLast(2) + dimensions.suffix(1)
    guard let shape = Shape(Array(summed)) else { throw .tooLarge(path: weight.path) }
    return (weight.dtype, shape)
  }

  /// Whether zeros are what the version would have.
  private func startsAtZero(_ kind: OptimizerSlotKind, _ weight: TrainedWeight) -> Bool {
    switch (plan.inner.key, kind.name) {
    case ("sgd", "momentum"):
      // Multiplied with 0 before it counts.
      return !plan.inner.isOn("momentum")
    case ("adafactor", "r"), ("adafactor", "c"):
      return weight.shape.dimensions.count < 2
    case (_, "gradient_accumulator"):
      // Just added to the weights.
      guard let steps = plan.inner.config["gradient_accumulation_steps"]?.integer, steps > 0,
        let iteration
      else { return false }
      return iteration % Int64(steps) == 0
    default: return false
    }
  }

  /// What Adafactor of Keras 2 tracks where it has no sums.
  private var placeholders: [Variable] {
    guard plan.inner.key == "adafactor", isBuilt else { return [] }
    return plan.passes.joined().filter { ["r", "c"].contains($0.name) }.flatMap { kind in
      weights.indices.filter { weights[$0].shape.dimensions.count < 2 }.map { place in
        Variable(
          meaning: .slot(kind, weight: place), dtype: .int32, shape: .scalar,
          content: .bytes(OptimizerNumber.bytes(Int32(0))))
      }
    }
  }

  private mutating func noteLeftOut() {
    let trained = Set(weights.map(\.path))
    let unused = record.slots.filter { !used.contains($0.key) && !$0.value.isPlaceholder }
      .keys
    for (name, slots) in Dictionary(grouping: unused, by: \.name).sorted(by: { $0.key < $1.key }) {
      let strangers = slots.count { !trained.contains($0.weightPath) }
      let reasons = [
        strangers > 0 ? "\(strangers) of weights that are not trained" : nil,
        strangers < slots.count
          ? "\(slots.count - strangers) that the optimizer does not use" : nil,
      ].compactMap { $0 }
      notes.append(
        ConversionNote(
          .lost, at: "optimizer/\(name)",
          "left out: " + reasons.joined(separator: ", ")))
    }
    for item in record.outdated {
      gaps.append(
        ConversionNote(
          .lost, at: item.path, "left out: the optimizer of today computes otherwise"))
    }
  }
}

// MARK: - Numbers

extension OptimizerBuilder {
  private func number(_ scalar: OptimizerScalar, _ dtype: DType, _ bytes: [UInt8]) -> Variable {
    Variable(meaning: .number(scalar), dtype: dtype, shape: .scalar, content: .bytes(bytes))
  }

  /// The version's own, when it has it just so.
  private func stored(_ scalar: OptimizerScalar, as dtype: DType) -> Variable? {
    guard let item = record.scalars[scalar], item.dtype == dtype, item.shape == .scalar else {
      return nil
    }
    return Variable(
      meaning: .number(scalar), dtype: dtype, shape: .scalar, content: .stored(item.ordinal))
  }

  private func real(
    _ scalar: OptimizerScalar, _ value: Double, as dtype: DType = .float32
  ) throws(OptimizerObstacle) -> Variable {
    guard let bytes = OptimizerNumber.bytes(value, as: dtype) else {
      throw .unfitting(
        path: "optimizer/" + scalar.rawValue, expected: "a floating-point type",
        found: dtype.rawValue)
    }
    return number(scalar, dtype, bytes)
  }

  /// The version's own, else a number.
  private func realVariable(
    _ scalar: OptimizerScalar, _ value: Double
  ) throws(OptimizerObstacle) -> Variable {
    if let variable = stored(scalar, as: .float32) { return variable }
    return try real(scalar, value)
  }

  private mutating func iterationVariable() throws(OptimizerObstacle) -> Variable {
    if let variable = stored(.iteration, as: .int64) { return variable }
    if iteration == nil {
      guard !isBuilt || !plan.usesIteration else { throw .missingNumber("iteration") }
      notes.append(
        ConversionNote(
          .translated, at: "optimizer/iteration",
          "starts at 0: the version does not have it"))
    }
    return number(.iteration, .int64, OptimizerNumber.bytes(iteration ?? 0))
  }

  /// `nil` for a schedule.
  private mutating func rateVariable() throws(OptimizerObstacle) -> Variable? {
    if plan.hasSchedule { return nil }
    guard let item = record.scalars[.learningRate] else {
      guard let configured = plan.learningRate else { throw .missingNumber("learning_rate") }
      return try real(.learningRate, configured)
    }
    let value = Float(try item.real())
    guard value.isFinite else { throw .unreadableNumber(path: item.path) }
    if plan.learningRate.map(Float.init) != value {
      learningRate = value
      notes.append(
        ConversionNote(
          .translated, at: item.path,
          "\(value), which the variable has, replaces the configuration's"))
    }
    return try realVariable(.learningRate, Double(value))
  }

  /// Every step begins with computing it anew.
  private func currentRateVariable() throws(OptimizerObstacle) -> Variable {
    let schedule = plan.inner.config["learning_rate"]?["config"]
    return try realVariable(
      .currentLearningRate, schedule?["initial_learning_rate"]?.double ?? 0)
  }

  private mutating func addMomentumProduct() throws(OptimizerObstacle) {
    guard plan.generation == .keras3 || container == .checkpoint else {
      gaps.append(
        ConversionNote(
          .lost, at: "optimizer/u_product",
          "Keras 2 keeps it only in checkpoints, and starts at 1 again"))
      return
    }
    if plan.generation == .keras2 {
      // `_u_product_counter` of tf_keras/src/optimizers/nadam.py is no variable.
      gaps.append(
        ConversionNote(
          .lost, at: "optimizer/u_product",
          "Keras 2 counts it anew after every restart, from its own checkpoints too"))
    }
    let dtype = weights.first?.dtype ?? .float32
    let product: Variable
    if let variable = stored(.momentumProduct, as: dtype) {
      product = variable
    } else {
      guard let iteration else { throw .missingNumber("iteration") }
      let beta = plan.inner.config["beta_1"]?.double ?? 0.9
      product = try real(
        .momentumProduct,
        Double(OptimizerNumber.momentumProduct(beta: beta, steps: iteration)), as: dtype)
      notes.append(
        ConversionNote(
          .translated, at: "optimizer/u_product",
          "computed from the iteration and beta_1"))
    }
    if plan.generation == .keras3 { variables.append(product) } else { tracked.append(product) }
  }

  /// The loss scale and what belongs to it.
  private mutating func addWrapper() throws(OptimizerObstacle) {
    if plan.generation == .keras3 {
      wrapperVariables = [
        stored(.wrapperIteration, as: .int64)
          ?? number(.wrapperIteration, .int64, OptimizerNumber.bytes(Int64(0))),
        try realVariable(.wrapperLearningRate, 0),
      ]
      if isBuilt { wrapperVariables += [try goodSteps(), try lossScale()] }
    } else if container == .legacyHDF5 {
      gaps.append(
        ConversionNote(
          .lost, at: "optimizer",
          "Keras 2 restores nothing of a LossScaleOptimizer from this format"))
    } else if plan.wrapper?.config["dynamic"]?.bool ?? true {
      if container == .checkpoint {
        tracked += [try lossScale(), try goodSteps()]
      } else {
        gaps.append(
          ConversionNote(
            .lost, at: "optimizer/dynamic_scale",
            "Keras 2 keeps it only in checkpoints, and starts at initial_scale again"))
      }
    }
  }

  private func goodSteps() throws(OptimizerObstacle) -> Variable {
    if let variable = stored(.goodSteps, as: .int64) { return variable }
    let steps = try record.scalars[.goodSteps].map { item throws(OptimizerObstacle) in
      try item.integer()
    }
    return number(.goodSteps, .int64, OptimizerNumber.bytes(steps ?? 0))
  }

  private mutating func lossScale() throws(OptimizerObstacle) -> Variable {
    if let variable = stored(.lossScale, as: .float32) { return variable }
    if isBuilt {
      gaps.append(
        ConversionNote(
          .lost, at: "optimizer/dynamic_scale",
          "starts at initial_scale: the version does not have it"))
    }
    // The default of both.
    return try real(.lossScale, plan.wrapper?.config["initial_scale"]?.double ?? 32768)
  }
}
