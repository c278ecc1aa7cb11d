import ZipFormat

extension WorkerRejection {
  init(_ error: ZipError) {
    switch error {
    case .notZip: self = .notAModel("no zip archive")
    case .truncated(let salvageable):
      let names = salvageable.prefix(8).joined(separator: ", ")
      let whole =
        salvageable.isEmpty ? "no member" : salvageable.count > 8 ? names + ", …" : names
      self.init(
        .truncated, at: "end record", expected: "the end of the archive",
        found: "none; whole in it: \(whole)")
    case .malformed(let location, let expected, let found):
      self.init(.malformed, at: location, expected: expected, found: found)
    case .ambiguous(let location, let ambiguity):
      let (expected, found) = ambiguity.words
      self.init(.ambiguous, at: location, expected: expected, found: found)
    case .unsafePath(let name, let defect):
      self.init(
        .unsafePath, at: name, expected: "a name within the archive", found: defect.rawValue)
    case .limitExceeded(let location, let limit, let allowed, let found):
      self.init(
        .limit, at: location, expected: "at most \(allowed) \(limit.rawValue)", found: "\(found)")
    case .unsupported(let location, let feature):
      self.init(
        .unsupported, at: location, expected: "members that are stored or deflated",
        found: feature.words)
    case .checksumMismatch(let member, let expected, let found):
      self.init(mismatch: "CRC-32", at: member, expected: expected, found: found)
    case .unreadable(let error): self.init(system: error)
    }
  }

  /// Bytes that do not fit what is recorded of them.
  init(mismatch algorithm: String, at location: String, expected: UInt32, found: UInt32) {
    func hex(_ value: UInt32) -> String { String(value, radix: 16) }
    self.init(
      .integrity, at: location, expected: "bytes of \(algorithm) \(hex(expected))",
      found: "bytes of \(hex(found))")
  }
}

extension ZipError.Ambiguity {
  /// What should be there, and what is.
  fileprivate var words: (expected: String, found: String) {
    switch self {
    case .severalEndRecords: ("one end record", "more")
    case .bytesAfterEnd: ("nothing after the end record", "more bytes")
    case .strayBytes(let offset, let count):
      ("members without gaps", "\(count) bytes at \(offset) that belong to none")
    case .overlap(let offset): ("members beside each other", "an overlap at \(offset)")
    case .repeatedName: ("one member of a name", "a second one")
    case .localHeader(let field, let central, let local):
      ("\(field) \(central), as the directory has it", local)
    case .dataDescriptor: ("a data descriptor as the directory has it", "another")
    case .zip64(let field): ("\(field) as the end record has it", "another in its zip64 record")
    case .unicodeName: ("one name", "another in its extra field")
    case .bytesAfterStream(let count):
      ("a compressed stream as long as the member", "\(count) bytes after it")
    }
  }
}

extension ZipError.Feature {
  fileprivate var words: String {
    switch self {
    case .encryption: "encryption"
    case .severalDisks: "an archive of several disks"
    case .method(let number): "compression method \(number)"
    case .flags(let bits): "flags \(String(bits, radix: 16))"
    case .version(let number): "version \(number / 10).\(number % 10) of zip"
    }
  }
}
