import Catalog
import Digests
import StrictJSON
import Tensors

/// What an exported SavedModel says of where it came from, for whoever finds it on a server. The
/// same export says the same, always.
struct ExportOrigin {
  let version: VersionRecord
  let manifest: Manifest
  /// The version whose optimizer it has.
  var optimizerFrom: VersionRecord?
  /// The version whose graph it has.
  var graph: VersionRecord?

  var file: ExportPlan.File {
    var layout = FileLayout()
    layout.append(Array((json.prettyText + "\n").utf8))
    return ExportPlan.File(place: .inside(Registry.originPath), content: .layout(layout))
  }

  private var json: JSONValue {
    var members: [String: JSONValue] = [
      "model": .string(version.model), "version": .integer(version.number),
      "id": .string(version.id.hex), "weights_id": .string(version.weightsID.hex),
      "parents": .array(
        manifest.parents.map { parent in
          ["id": .string(parent.id.hex), "relation": .string(parent.relation)]
        }),
    ]
    if let graph { members["graph"] = .string(graph.id.hex) }
    if let optimizerFrom { members["optimizer_from"] = .string(optimizerFrom.id.hex) }
    return .object(members)
  }
}

extension Registry {
  /// Where an exported SavedModel says which version it is. TensorFlow reads nothing in that
  /// folder: `EXTRA_ASSETS_DIRECTORY` of tensorflow/python/saved_model/constants.py in
  /// https://github.com/tensorflow/tensorflow
  public static let originPath = "assets.extra/registry.json"
}
