import StrictJSON
import Tensors

extension ObjectTranslator {
  /// A loss: a function's name, a serialised function, or an object of a class.
  mutating func loss(_ value: JSONValue, at place: FieldPlace) -> JSONValue {
    if let name = Self.functionName(value) { return function(name, value, .loss, at: place) }
    guard var object = SerializedObject(value) else { return value }
    object.className = ObjectNames.today(of: object.className, .losses)
    if object.isOfKeras, object.className == "LossFunctionWrapper",
      let name = object.config["fn"].flatMap(Self.functionName)
    {
      return function(name, .string(name), .loss, at: place)
    }
    settleReduction(&object, at: place)
    return trainingPart(object, value, .losses, at: place)
  }

  /// Keras 2's `auto` is the mean over the batch unless somebody distributes the training.
  /// Keras 3's `mean` is another word for the same.
  ///
  /// https://github.com/keras-team/keras/blob/master/keras/src/losses/loss.py `reduce_values`
  private mutating func settleReduction(
    _ object: inout SerializedObject, at place: FieldPlace
  ) {
    guard object.isOfKeras, let reduction = object.config["reduction"] else { return }
    let mean: JSONValue = "sum_over_batch_size"
    switch (target, reduction) {
    case (.keras3, "auto"), (.keras2, "mean"):
      object.config["reduction"] = mean
    case (.keras2, "mean_with_sample_weight"):
      object.config["reduction"] = mean
      note(
        .lost, at: place.field("reduction"),
        "Keras 2 divides by the number of samples, not by the sum of their weights")
    case (.keras2, .null) where crossesGenerations:
      object.config["reduction"] = "none"
    default: break
    }
  }

  /// A metric, in the same forms.
  mutating func metric(_ value: JSONValue, at place: FieldPlace) -> JSONValue {
    if let name = Self.functionName(value) { return function(name, value, .metric, at: place) }
    guard var object = SerializedObject(value) else { return value }
    if object.isOfKeras, object.className == "MeanMetricWrapper",
      let function = object.config["fn"].flatMap(Self.functionName)
    {
      return wrapped(function, &object, value, at: place)
    }
    if target == .keras2, object.isOfKeras, Self.confusions.contains(object.className),
      object.config["dtype"]?.string?.contains("int") == true
    {
      // Keras 3 counts in whole numbers; tf_keras cannot add to those.
      object.drop("dtype")
    }
    return trainingPart(object, value, .metrics, at: place)
  }

  private static let confusions: Set = [
    "IoU", "BinaryIoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU",
  ]

  /// A metric that is the mean of a function: Keras 2 writes them so. Keras 3 finds the function by
  /// the name of its class when there is one; the words that need the outputs' shapes it takes as
  /// they are.
  private mutating func wrapped(
    _ name: String, _ object: inout SerializedObject, _ value: JSONValue, at place: FieldPlace
  ) -> JSONValue {
    let label = object.config["name"]?.string
    if let label, ["acc", "accuracy", "ce", "crossentropy"].contains(label),
      Self.chosen.contains(name)
    {
      return .string(label)
    }
    if target == .keras2 {
      guard FieldTable.keras2.function(name, .metric) != nil else {
        return lostPart(value, at: place)
      }
      object.config["fn"] = .string(name)
      object.config = object.config.filter { $0.key != "dtype" || $0.value.string != nil }
      return rendered(object, .metrics, isInner: true)
    }
    let own = FieldTable.keras2.function(name, .metric) ?? name
    guard let className = FieldTable.keras3.function(own, .metric) else {
      return isKerasFunction(name, .metric) ? lostPart(value, at: place) : .string(name)
    }
    var config = object.config.filter { $0.key == "name" || $0.key == "dtype" }
    if let fields = FieldTable.keras3.fields(of: className, .metrics) {
      for (field, value) in object.config where fields[field] != nil && config[field] == nil {
        config[field] = value
      }
    }
    if let type = config["dtype"] { config["dtype"] = plainDType(type) }
    return rendered(
      SerializedObject(className: className, config: config), .metrics, isInner: true)
  }

  /// What `accuracy` and `crossentropy` become when the outputs' shapes are known.
  private static let chosen: Set = [
    "accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
    "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy",
  ]

  private func isKerasFunction(_ name: String, _ kind: FunctionKind) -> Bool {
    FieldTable.of(sourceGeneration).function(name, kind) != nil
  }

  private mutating func function(
    _ name: String, _ value: JSONValue, _ kind: FunctionKind, at place: FieldPlace
  ) -> JSONValue {
    let words: Set = ["acc", "accuracy", "ce", "crossentropy"]
    if kind == .metric, words.contains(name) { return .string(name) }
    let now = FieldTable.of(target)
    let own = FieldTable.of(sourceGeneration).function(name, kind)
    // Keras 3 does not read short names of losses back from its HDF5 files.
    if let own, kind == .loss || now.function(name, kind) == nil, now.function(own, kind) != nil {
      return .string(own)
    }
    if now.function(name, kind) != nil { return .string(name) }
    guard own != nil else { return value }
    note(
      .lost, at: place, "\(target.title) has no \(kind.rawValue) '\(name)'; compile the model anew")
    return .null
  }

  /// An object of a class of losses or metrics.
  private mutating func trainingPart(
    _ object: SerializedObject, _ value: JSONValue, _ kind: ObjectKind, at place: FieldPlace
  ) -> JSONValue {
    var object = object
    guard object.isOfKeras,
      FieldTable.of(sourceGeneration).fields(of: object.className, kind) != nil
        || FieldTable.of(target).fields(of: object.className, kind) != nil
    else {
      return custom(object, value, isInner: true, at: place)
    }
    guard let fields = FieldTable.of(target).fields(of: object.className, kind) else {
      return lostPart(value, at: place)
    }
    object.config = translatedFields(of: object, kind, into: fields, at: place)
    return rendered(object, kind, isInner: true)
  }

  private mutating func lostPart(_ value: JSONValue, at place: FieldPlace) -> JSONValue {
    let name = value["class_name"]?.string ?? "such"
    note(.lost, at: place, "\(target.title) has no \(name); compile the model anew")
    return .null
  }
}
