/// What the rule for paths makes of one weight's name in the container.
struct WeightPaths {
  /// The canonical path, then ones that keep more of the container's name.
  let candidates: [PathCandidate]
  /// Whether the optimizer had it, as far as configuration and name tell.
  let trainable: Bool
}

/// The rule for paths, for the weights of one layer's group in a legacy HDF5 file.
///
/// The rule itself is described at ``KerasHDF5/reading(of:)``.
struct WeightPathRule {
  private let group: String
  /// The layer of the group and the models round it, as far as the configuration tells.
  private let chain: LayerIndex.Chain
  /// What is below the layer, when that is a model or wraps one.
  private let inner: LayerIndex?
  private let isKeras1: Bool

  /// - Parameter model: an index of the model's layers, when there is a configuration.
  init(group: String, model: LayerIndex?, isKeras1: Bool) {
    self.group = group
    self.isKeras1 = isKeras1
    chain = model?.chain(to: group) ?? []
    if let layer = chain.last {
      inner = layer.holdsLayers ? LayerIndex(below: layer) : nil
    } else {
      // The group of a nested model without a name: its layers may be anywhere.
      inner = model?.hasUnnamedModel == true ? model : nil
    }
  }

  /// Applies the rule to a weight's name as the group lists it.
  func paths(of weightName: String) -> WeightPaths {
    let bare = bareWeightName(weightName)
    let components = bare.split(separator: "/").map(String.init)
    let (path, rest) = inner.flatMap { nested(components, in: $0) } ?? (chain, own(components))
    let leaf = path.last
    let layerPath = path.isEmpty ? [group] : path.compactMap(\.name)
    let spelling = WeightSpelling(layer: leaf, name: leaf?.name ?? group, isKeras1: isKeras1)
    let spelled = spelling.canonical(rest)
    let plain = [layerPath + rest, [group] + components].map {
      PathCandidate(path: $0.joined(separator: "/"), isPlain: true)
    }
    let canonical = PathCandidate(
      path: (layerPath + spelled).joined(separator: "/"), isPlain: false)
    return WeightPaths(
      candidates: spelled == rest ? plain : [canonical] + plain,
      trainable: path.dropLast().allSatisfy(\.trainable) && leaf?.trainsItsOwnWeights != false
        && WeightSpelling.isTrainable(spelled.last ?? "", in: leaf?.className))
  }

  /// Drops all up to the layer's own name, or up to the form of it that TensorFlow 1 made unique.
  private func own(_ components: [String]) -> [String] {
    let count = group.split(separator: "/").count
    let starts = 0..<max(0, components.count - count)
    func scope(at start: Int) -> String {
      components[start..<(start + count)].joined(separator: "/")
    }
    let start =
      starts.first { scope(at: $0) == group }
      ?? starts.first { withoutCounter(scope(at: $0)) == group }
    return start.map { Array(components[($0 + count)...]) } ?? components
  }

  /// Follows a name down into a nested model: `s1/kernel`, `tail/s1/kernel` and `s1_1/kernel`.
  private func nested(
    _ components: [String], in index: LayerIndex
  ) -> (LayerIndex.Chain, [String])? {
    if isKeras1, components.count == 1 { return keras1(components[0], in: index) }
    return descend(components, in: index) { $0 }
      ?? descend(components, in: index, naming: withoutCounter)
  }

  /// Finds the layer in a name of Keras 1's, `dense_1_W`; the longest layer's name counts.
  private func keras1(_ name: String, in index: LayerIndex) -> (LayerIndex.Chain, [String])? {
    var layer = name[...]
    while let underscore = layer.lastIndex(of: "_") {
      layer = layer[..<underscore]
      if let reached = index.chain(to: String(layer)) { return (chain + reached, [name]) }
    }
    return nil
  }

  private func descend(
    _ components: [String], in index: LayerIndex, naming name: (String) -> String?
  ) -> (LayerIndex.Chain, [String])? {
    var reached: LayerIndex.Chain = []
    var start = 0
    var end = 0
    while start < components.count - 1 {
      let longest = min(index.componentCount, components.count - 1 - start)
      var count = 1
      for candidate in 1...longest {
        let scope = components[start..<(start + candidate)].joined(separator: "/")
        guard let next = name(scope).flatMap({ index.chain(to: $0, below: reached) }) else {
          continue
        }
        reached = next
        count = candidate
        end = start + candidate
        break
      }
      start += count
    }
    return reached.isEmpty ? nil : (chain + reached, Array(components[end...]))
  }
}

/// A weight's name without the output number that TensorFlow puts behind: `kernel:0`.
func bareWeightName(_ name: String) -> String {
  guard let colon = name.lastIndex(of: ":"), colon != name.startIndex else { return name }
  let output = name[name.index(after: colon)...]
  return !output.isEmpty && output.allSatisfy(\.isASCIIDigit) ? String(name[..<colon]) : name
}

/// `dense` for `dense_1`; `nil` when no number is behind.
func withoutCounter(_ name: String) -> String? {
  guard let underscore = name.lastIndex(of: "_"), underscore != name.startIndex else { return nil }
  let counter = name[name.index(after: underscore)...]
  return !counter.isEmpty && counter.allSatisfy(\.isASCIIDigit) ? String(name[..<underscore]) : nil
}

extension Character {
  /// `0` to `9`, and no digit of another script.
  var isASCIIDigit: Bool { isASCII && isNumber }
}
