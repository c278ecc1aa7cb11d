public import Files
import StrictJSON
public import Tensors

extension SafetensorsFile {
  /// A shard among the files of a source.
  public typealias Shard = (place: Int, file: FileSlice)

  /// Finds the tensors of a model in several files, `model.safetensors.index.json` and its shards:
  /// the variables, in the order of the shards' names and in each of the bytes. Index and shards
  /// have to agree on every tensor. The index is the source's file 0.
  /// https://huggingface.co/docs/safetensors/metadata_parsing
  ///
  /// - Parameters:
  ///   - index: all its bytes.
  ///   - shards: the files beside the index by their names; it need not name all of them.
  public static func snapshot(
    index: [UInt8], shards: [String: Shard]
  ) throws(SafetensorsError) -> ModelSnapshot {
    let index = try ShardIndex(index)
    var snapshot = ModelSnapshot(format: .safetensors, files: [0])
    var headers: [(shard: String, place: Int, header: Header)] = []
    for name in index.shards {
      guard let shard = shards[name] else { throw .missingShard(name) }
      headers.append((name, shard.place, try Header(of: shard.file)))
    }
    try index.check(headers.map { (shard: $0.shard, entries: $0.header.entries) })
    for (_, place, header) in headers {
      snapshot.variables += try header.variables(place: place)
      snapshot.findings += try Polyglot.findings(in: header.file)
      snapshot.producers.merge(header.producers) { first, _ in first }
      snapshot.files?.insert(place)
    }
    return snapshot
  }
}

/// Which tensor is in which shard.
private struct ShardIndex {
  /// What messages call it.
  private static let name = "index"

  let weightMap: [String: String]
  /// By their names.
  let shards: [String]

  init(_ bytes: [UInt8]) throws(SafetensorsError) {
    let json: JSONValue
    do throws(JSONError) { json = try JSONValue(parsing: bytes) } catch {
      throw .badJSON(file: Self.name, error)
    }
    var map: [String: String] = [:]
    for (tensor, value) in json["weight_map"]?.object ?? ["": .null] {
      guard let shard = value.string else {
        throw .malformed(
          file: Self.name, location: "weight_map", expected: "an object of file names",
          found: "another value")
      }
      guard Self.isPlain(shard) else { throw .unsafePath(file: Self.name, name: shard) }
      map[tensor] = shard
    }
    weightMap = map
    shards = Set(map.values).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Whether a name is that of a file beside the index, and looks as it is.
  private static func isPlain(_ name: String) -> Bool {
    guard !name.isEmpty, name != ".", name != "..", name.utf8.count <= 255 else { return false }
    return name.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: false
      default: scalar != "/" && scalar != "\\" && !scalar.properties.isBidiControl
      }
    }
  }

  /// Throws unless every tensor is in the shard that it should be in, and in no other.
  func check(
    _ shards: [(shard: String, entries: [Header.Entry])]
  ) throws(SafetensorsError) {
    var found: [String: String] = [:]
    for (shard, entries) in shards {
      for entry in entries {
        guard weightMap[entry.name] != nil else {
          throw .unlistedTensor(entry.name, shard: shard)
        }
        if let other = found.updateValue(shard, forKey: entry.name) {
          throw .repeatedTensor(entry.name, shards: [other, shard])
        }
      }
    }
    for (tensor, shard) in weightMap.sorted(by: { $0.key < $1.key }) where found[tensor] != shard {
      throw .missingTensor(tensor, shard: shard)
    }
  }
}
