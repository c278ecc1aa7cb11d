/// What fields are about, by their names, which mean the same in all classes.
enum FieldMeaning {
  /// The kind of object that a field holds.
  static func kind(ofField name: String) -> ObjectKind? {
    if name.hasSuffix("initializer") { return .initializers }
    if name.hasSuffix("regularizer") { return .regularizers }
    if name.hasSuffix("constraint") { return .constraints }
    if name == "learning_rate" { return .schedules }
    return nil
  }

  /// Fields that say nothing about what is computed: how fast it is, what the model's structure
  /// says already, and notes of the library to itself.
  static func isSilent(_ name: String, _ kind: ObjectKind) -> Bool {
    switch kind {
    case .layers: silentInLayers.contains(name)
    case .optimizers: silentInOptimizers.contains(name)
    case .losses: name == "fn" || name == "dtype"
    default: name == "dtype"
    }
  }

  private static let silentInLayers: Set = [
    "implementation", "use_cudnn", "batch_input_shape", "batch_shape", "input_shape",
    "input_dtype", "input_length", "batch_size", "build_input_shape", "trainable", "autocast",
    "experimental_autocast", "dynamic", "rng_type", "expects_training_arg", "expects_mask_arg",
    "is_graph_network", "save_spec", "fused", "gptq_unpacked_column_size", "weights",
    "query_shape", "key_shape", "value_shape", "vocabulary_size", "num_constants", "optional",
    "create_layer_args", "has_static_table", "has_input_vocabulary", "vocabulary_dtype", "cudnn_ok",
  ]

  private static let silentInOptimizers: Set = [
    "jit_compile", "is_legacy_optimizer", "is_built", "decay",
  ]

  /// Fields that a model computes the same without, and why that is.
  static let lost = [
    "seed": "the other Keras draws its own random numbers in training",
    "flash_attention": "only how fast it is",
    "lora_rank": "the low-rank weights are merged into the kernel",
    "lora_alpha": "the low-rank weights are merged into the kernel",
    "jit_compile": "only how fast it is",
    "steps_per_execution": "only how fast it is",
  ]
}
