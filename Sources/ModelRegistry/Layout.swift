public import Catalog
import Digests
public import StrictJSON
public import Tensors

/// The variables that a version's tensors fill: a blob, shared by all versions of one shape.
struct Layout: Hashable {
  var slots: [VariableSlot]

  init(slots: [VariableSlot]) { self.slots = slots }

  init(_ snapshot: ModelSnapshot) {
    slots = snapshot.variables.map {
      VariableSlot(
        path: $0.path, containerPath: $0.containerPath, role: $0.role, optimizerSlot: $0.slot,
        dtype: $0.dtype, shape: $0.shape)
    }
  }

  var json: JSONValue { .array(slots.map(\.json)) }

  init(parsing bytes: [UInt8], id: Digest) throws(ManifestError) {
    let list = try BlobJSON(parsing: bytes, id: id)
    guard let elements = list.value.array else { throw .malformed(id, member: "variables") }
    slots = try elements.map { element throws(ManifestError) in
      try VariableSlot(BlobJSON(value: element, id: id))
    }
  }

  /// The digest over the weights alone, sorted by path: equal whatever container they came in.
  func weightsID(_ tensors: [Digest]) -> Digest {
    let weights = zip(slots, tensors).filter { $0.0.role == .weight }
      .sorted { $0.0.path.utf8.lexicographicallyPrecedes($1.0.path.utf8) }
    let json = JSONValue.array(
      weights.map { slot, tensor in
        [.string(slot.path), .string(slot.dtype.rawValue), slot.shape.json, .string(tensor.hex)]
      })
    return Digest(of: Array(json.canonicalText.utf8))
  }
}

extension Shape {
  /// The dimensions as a JSON array.
  public var json: JSONValue { .array(dimensions.map { .integer($0) }) }
}

extension VariableSlot {
  /// As layouts and `--json` spell it.
  public var json: JSONValue {
    var members: [String: JSONValue] = [
      "path": .string(path), "container_path": .string(containerPath),
      "role": .string(role.rawValue), "dtype": .string(dtype.rawValue), "shape": shape.json,
    ]
    if let slot = optimizerSlot {
      members["slot"] = ["name": .string(slot.name), "weight": .string(slot.weightPath)]
    }
    return .object(members)
  }

  fileprivate init(_ member: BlobJSON) throws(ManifestError) {
    let shape = try member.array("shape")
    let dimensions = shape.compactMap(\.integer)
    guard dimensions.count == shape.count,
      let role = Role(rawValue: try member.string("role")),
      let dtype = DType(rawValue: try member.string("dtype")), let shape = Shape(dimensions),
      shape.byteCount(of: dtype) != nil
    else { throw .malformed(member.id, member: "variables") }
    let slot = try member.object("slot").map { slot throws(ManifestError) in
      OptimizerSlot(name: try slot.string("name"), weightPath: try slot.string("weight"))
    }
    self.init(
      path: try member.string("path"), containerPath: try member.string("container_path"),
      role: role, optimizerSlot: slot, dtype: dtype, shape: shape)
  }
}
