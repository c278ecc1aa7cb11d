import TensorFlowFormat

extension WorkerRejection {
  init(_ error: TensorFlowFormatError) {
    switch error {
    case .malformed(let location, let expected, let found):
      self.init(.malformed, at: location, expected: expected, found: found)
    case .truncated(let location, let needed, let available):
      self.init(.truncated, at: location, expected: "\(needed) bytes", found: "\(available) bytes")
    case .limitExceeded(let location, let limit, let allowed, let found):
      self.init(
        .limit, at: location, expected: "at most \(allowed) \(limit.rawValue)", found: "\(found)")
    case .unsupported(let location, let feature):
      self.init(
        .unsupported, at: location, expected: "what TensorFlow 2 writes", found: feature.rawValue)
    case .checksumMismatch(let location, let expected, let found):
      self.init(mismatch: "CRC-32C", at: location, expected: expected, found: found)
    case .missingShard(let file):
      self.init(.malformed, at: file, expected: "a shard of the checkpoint", found: "no such file")
    case .sizeMismatch(let key, let expected, let found):
      self.init(.malformed, at: key, expected: "\(expected) bytes", found: "\(found)")
    case .slicesDoNotCover(let key):
      self.init(.malformed, at: key, expected: "slices that make up the tensor", found: "others")
    case .noSuchNode(let location, let node, let count):
      self.init(
        .malformed, at: location, expected: "one of \(count) objects", found: "object \(node)")
    }
  }
}
