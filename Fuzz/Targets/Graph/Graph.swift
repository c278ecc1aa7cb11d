import Harness
import KerasGraph
import StrictJSON
import Tensors

/// The first byte chooses which Keras it is and what shape the weights have, the rest is a model's
/// configuration. Every layer has weights of all usual names.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    guard let choice = input.bytes.first else { return }
    let configuration = try JSONValue(parsing: Array(input.bytes.dropFirst()))
    let shape = Shape([[4], [4, 3], [3, 3, 4, 2], [0, 2], []][Int(choice) / 2 % 5]) ?? .scalar
    let variable = RecordedVariable(
      path: "layer/kernel", containerPath: "", role: .weight, slot: nil, dtype: .float32,
      shape: shape)
    let dialect: Dialect = choice % 2 == 0 ? .keras2 : .keras3
    let weights = weights(of: names(in: configuration), depth: 2)
    let models = try (0..<2).map { _ in
      try CompiledModel(
        of: configuration, dialect: dialect, weights: weights, variables: [variable])
    }
    guard models[0] == models[1] else { fail("the same configuration is compiled otherwise") }
  }
}

private func names(in json: JSONValue) -> Set<String> {
  switch json {
  case .array(let elements): elements.reduce(into: []) { $0.formUnion(names(in: $1)) }
  case .object(let members):
    members.values.reduce(into: Set([members["name"]?.string].compactMap { $0 })) {
      $0.formUnion(names(in: $1))
    }
  default: []
  }
}

private func weights(of layers: Set<String>, depth: Int) -> LayerWeights {
  let own = ["kernel", "bias", "recurrent_kernel", "gamma", "beta", "embeddings", "moving_mean"]
  let parts = layers.sorted().prefix(20) + ["cell", "layer", "forward_layer", "backward_layer"]
  let inner = depth > 0 ? weights(of: layers, depth: depth - 1) : LayerWeights()
  return LayerWeights(
    own: Dictionary(own.map { ($0, 0) }) { first, _ in first },
    parts: depth > 0 ? Dictionary(parts.map { ($0, inner) }) { first, _ in first } : [:])
}
