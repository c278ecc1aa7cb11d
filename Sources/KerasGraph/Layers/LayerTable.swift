/// All classes that can be compiled, by name.
enum LayerTable {
  static let all: [String: any LayerLowering.Type] = families.reduce(into: [:]) {
    $0.merge($1) { first, _ in first }
  }

  private static let families: [[String: any LayerLowering.Type]] = [
    CoreLayers.table,
    SpatialLayers.table, ImageLayers.table,
    NormalizationLayers.table, AttentionLayers.table, FeatureLayers.table,
    RecurrentLayers.table,
  ]
}
