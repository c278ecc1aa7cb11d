import NumPyFormat
import SafetensorsFormat

extension WorkerRejection {
  init(_ error: NumPyError) {
    switch error {
    case .notNpz: self = .notAModel("a zip archive without arrays")
    case .malformed(let location, let expected, let found):
      self.init(.malformed, at: location, expected: expected, found: found)
    case .sizeMismatch(let location, let expected, let found):
      self.init(.malformed, at: location, expected: "\(expected) bytes", found: "\(found)")
    case .limitExceeded(let location, let limit, let allowed, let found):
      self.init(
        .limit, at: location, expected: "at most \(allowed) \(limit.rawValue)", found: "\(found)")
    }
  }

  init(_ error: SafetensorsError) {
    switch error {
    case .truncated(let file, let needed, let available):
      self.init(.truncated, at: file, expected: "\(needed) bytes", found: "\(available) bytes")
    case .headerTooLong(let file, let allowed, let found):
      self.init(
        .limit, at: file, expected: "a header of at most \(allowed) bytes", found: "\(found)")
    case .badJSON(let file, let error):
      self.init(.malformed, at: file, expected: "a header in JSON", found: "\(error)")
    case .malformed(let file, let location, let expected, let found):
      self.init(.malformed, at: "\(file) \(location)", expected: expected, found: found)
    case .unsupportedType(let file, let tensor, let type):
      self.init(
        .unsupported, at: "\(file) \(tensor)", expected: "a type that registry has", found: type)
    case .sizeMismatch(let file, let tensor, let expected, let found):
      self.init(
        .malformed, at: "\(file) \(tensor)", expected: "\(expected) bytes", found: "\(found)")
    case .notContiguous(let file, let tensor, let expected, let found):
      self.init(
        .malformed, at: "\(file) \(tensor)", expected: "a beginning at \(expected)",
        found: "one at \(found)")
    case .trailingBytes(let file, let count):
      self.init(
        .malformed, at: file, expected: "nothing after the last tensor", found: "\(count) bytes")
    case .unreadable(let error): self.init(system: error)
    case .unsafePath, .missingShard, .missingTensor, .unlistedTensor, .repeatedTensor:
      self.init(index: error)
    }
  }

  /// What is wrong between an index and its shards.
  private init(index error: SafetensorsError) {
    switch error {
    case .unsafePath(let file, let name):
      self.init(.unsafePath, at: file, expected: "names of files beside it", found: name)
    case .missingShard(let name):
      self.init(.malformed, at: name, expected: "a shard of the index", found: "no such file")
    case .missingTensor(let name, let shard):
      self.init(
        .malformed, at: shard, expected: "the tensor \(name), as the index says", found: "none")
    case .unlistedTensor(let name, let shard):
      self.init(.malformed, at: shard, expected: "tensors that the index names", found: name)
    case .repeatedTensor(let name, let shards):
      self.init(
        .malformed, at: name, expected: "one shard that has it",
        found: shards.joined(separator: ", "))
    default: self.init(.malformed, at: "index", expected: "an index", found: "\(error)")
    }
  }
}
