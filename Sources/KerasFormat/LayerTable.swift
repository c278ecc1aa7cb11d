import StrictJSON

/// The layers of a model, as `summary()` lists them, told by the configuration alone.
public struct LayerTable: Hashable, Sendable {
  /// The model's class: `Sequential`.
  public let className: String
  /// The model's name; `nil` in the list that Keras 1 and early 2 write for a `Sequential`.
  public let name: String?
  /// Nested models are followed by their own layers. A wrapper is one row.
  public let rows: [LayerRow]

  /// Reads a configuration of any Keras.
  ///
  /// - Throws: `KerasFormatError.malformed` when it is no JSON or no model.
  public init(config: String) throws(KerasFormatError) {
    let json: JSONValue
    do throws(JSONError) {
      json = try JSONValue(parsing: config)
    } catch {
      throw .malformed(location: "config", expected: "JSON", found: "\(error)")
    }
    guard let model = LayerNode(json) else {
      throw .malformed(location: "config", expected: "a model", found: "no class_name")
    }
    className = model.className
    name = model.name
    rows = Self.rows(of: model, in: Place(trainable: model.trainable), input: nil)
  }

  /// The models round a layer.
  struct Place {
    /// Their names, of those that have one.
    var path: [String] = []
    var depth = 0
    let trainable: Bool
  }

  private static func rows(
    of model: LayerNode, in place: Place, input: OutputShape?
  ) -> [LayerRow] {
    let shapes = LayerShapes(of: model, input: input)
    return model.layers.enumerated().flatMap { position, layer -> [LayerRow] in
      let isTrainable = place.trainable && layer.trainsItsOwnWeights
      let row = LayerRow(
        of: layer, in: place, outputShape: shapes.outputs[position], trainable: isTrainable)
      let inner = Place(
        path: place.path + [layer.name].compactMap { $0 }, depth: place.depth + 1,
        trainable: isTrainable)
      return [row] + rows(of: layer, in: inner, input: shapes.inputs[position])
    }
  }
}

/// One layer of a model.
public struct LayerRow: Hashable, Sendable {
  /// The layer's name after those of the models it is nested in: `encoder/inner_dense`. A nested
  /// model without a name goes by its class.
  public let name: String
  /// How many models it is nested in, the whole one not counted.
  public let depth: Int
  /// The class, without a package before it.
  public let className: String
  /// As Keras prints it, `(None, 10)`; `nil` when the configuration alone does not tell.
  public let outputShape: String?
  /// Whether it and all models round it may be trained.
  public let trainable: Bool
  /// What the paths of its variables begin with: `encoder/inner_dense/`. Those of a nested model's
  /// layers begin with the model's as well. `nil` for a model without a name.
  public let variablePrefix: String?

  init(
    of layer: LayerNode, in place: LayerTable.Place, outputShape: OutputShape?, trainable: Bool
  ) {
    name = (place.path + [layer.name ?? layer.className.lowercased()]).joined(separator: "/")
    depth = place.depth
    className = layer.className
    self.outputShape = outputShape?.description
    self.trainable = trainable
    variablePrefix = layer.name.map { (place.path + [$0]).joined(separator: "/") + "/" }
  }
}
