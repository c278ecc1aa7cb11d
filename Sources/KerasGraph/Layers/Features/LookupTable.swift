import TensorFlowGraph

/// What a table has, by which those that several layers use are told to be one.
struct LookupEntries: Hashable {
  let keys: ConstantTensor
  let values: ConstantTensor
}

extension GraphBuilder {
  /// The values that a table has for keys.
  ///
  /// The table is made in the function itself: each run of it says what the table has, which
  /// TensorFlow only does the first time. There is no name by which models in one process could
  /// share it: it is the kernel's own, or that of the model that was loaded.
  /// tensorflow/core/framework/lookup_interface.h and
  /// tensorflow/core/kernels/initializable_lookup_table.cc of
  /// https://github.com/tensorflow/tensorflow
  ///
  /// - Parameter missing: the value for keys that the table has not.
  func lookUp(_ keys: Tensor, in entries: LookupEntries, missing: Tensor) -> Tensor {
    let table = shared(entries) { graph in
      let table = graph.add(
        .hashTableV2, [],
        [
          "key_dtype": .kind(entries.keys.kind), "value_dtype": .kind(entries.values.kind),
        ], shape: [])
      let initialized = graph.addControl(
        .initializeTableV2,
        [table, graph.constant(entries.keys), graph.constant(entries.values)])
      return graph.add(.identity, [table], shape: [], after: [initialized])
    }
    return add(.lookupTableFindV2, [table, keys, missing], shape: keys.shape)
  }
}
