public import Catalog
import Digests

/// What a user writes to mean one version: `v3`, `mnist@v3`, `mnist@champion`, `latest`, `mnist`,
/// `v3~1`, the beginning of a version's id.
public struct Reference: Hashable, Sendable {
  /// The text as it was written.
  public let text: String
  let model: String?
  let name: Name
  /// How often to go on to the first parent.
  let generations: Int

  enum Name: Hashable {
    case number(Int)
    case latest
    /// An alias, a model, or the beginning of an id.
    case word(String)
  }

  /// - Throws: `RegistryError.malformedReference`.
  public init(parsing text: String) throws {
    self.text = text
    let generationParts = text.split(separator: "~", omittingEmptySubsequences: false)
    let modelParts = generationParts[0].split(separator: "@", omittingEmptySubsequences: false)
    guard let last = modelParts.last, !last.isEmpty, modelParts.count <= 2,
      modelParts.allSatisfy({ !$0.isEmpty })
    else { throw RegistryError.malformedReference(text) }
    model = modelParts.count == 2 ? String(modelParts[0]) : nil
    var generations = 0
    for part in generationParts.dropFirst() {
      guard let count = part.isEmpty ? 1 : Int(part), count >= 0, count < 1_000_000 else {
        throw RegistryError.malformedReference(text)
      }
      generations += count
    }
    self.generations = generations
    name = Name(last)
  }
}

extension Reference.Name {
  fileprivate init(_ text: Substring) {
    if text == "latest" {
      self = .latest
    } else if text.first == "v", let number = Int(text.dropFirst()), number > 0,
      "v\(number)" == text
    {
      self = .number(number)
    } else {
      self = .word(String(text))
    }
  }
}

extension CatalogReader {
  /// The version that a reference means. Without a model in it, that is of the model given, if that
  /// has versions, else of the one last used.
  ///
  /// - Throws: `RegistryError`, naming what is near.
  func resolve(
    _ reference: Reference, in model: String? = nil, allowingRemoved: Bool = false
  ) throws -> VersionRecord {
    var version = try base(of: reference, in: model)
    for _ in 0..<reference.generations {
      guard let edge = try parents(of: version).first, let parent = try self.version(edge.version)
      else {
        throw RegistryError.noSuchReference(reference.text, near: ["\(version.label)"])
      }
      version = parent
    }
    guard allowingRemoved || version.removed == nil else {
      throw RegistryError.removedVersion(version.label)
    }
    return version
  }

  private func base(of reference: Reference, in given: String?) throws -> VersionRecord {
    let usual = try given.flatMap { try hasModel($0) ? $0 : nil } ?? lastUsedModel()
    guard let model = reference.model ?? usual else { throw RegistryError.noVersions }
    if reference.model != nil { try require(model: model) }
    let found: VersionRecord?
    switch reference.name {
    case .number(let number): found = try version(model, number: number)
    case .latest: found = try latest(of: model)
    case .word(let word):
      found = try version(alias: word, of: model) ?? byWord(word, model: reference.model)
    }
    guard let found else {
      throw RegistryError.noSuchReference(reference.text, near: try near(model: model))
    }
    return found
  }

  /// A model's latest version, or the one whose id begins so.
  private func byWord(_ word: String, model: String?) throws -> VersionRecord? {
    if model == nil, let latest = try latest(of: word) { return latest }
    guard word.utf8.count >= 4 else { return nil }
    let matches = try versions(idPrefix: word).filter { model == nil || $0.model == model }
    guard matches.count <= 1 else {
      throw RegistryError.ambiguousReference(
        word, matches: matches.map { "\($0.id.hex.prefix(12)) (\($0.label))" })
    }
    return matches.first
  }

  /// Throws unless there is a model of that name.
  func require(model: String) throws {
    guard try hasModel(model) else {
      throw RegistryError.noSuchModel(model, near: Array(try models().map(\.name).prefix(10)))
    }
  }

  private func near(model: String) throws -> [String] {
    let aliases = try aliases(in: model).map { "\(model)@\($0.name)" }
    let versions = try versions(of: model, limit: 5).map(\.label)
    return Array((versions + aliases).prefix(10))
  }
}

extension VersionRecord {
  /// As users write it: `mnist@v3`.
  public var label: String { "\(model)@v\(number)" }
}

/// The rules for names that users give.
enum Names {
  /// Letters, digits, `.`, `_`, `-`; a letter or digit first; not like a version number.
  static func check(_ name: String, as kind: NameKind) throws {
    let isReserved =
      name == "latest" || (name.first == "v" && name.count > 1 && Int(name.dropFirst()) != nil)
    guard !isReserved, (1...255).contains(name.utf8.count), let first = name.utf8.first,
      isAlphanumeric(first), name.utf8.allSatisfy(isAllowed)
    else { throw RegistryError.invalidName(name, kind: kind) }
  }

  /// Keys of tags and names of metrics: what has no `=` and no control characters.
  private static func checkKey(_ name: String, as kind: NameKind) throws {
    guard (1...255).contains(name.utf8.count), !name.contains("="),
      name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
    else { throw RegistryError.invalidName(name, kind: kind) }
  }

  static func checkTags(_ tags: [String: String]) throws {
    for (key, value) in tags {
      try checkKey(key, as: .tag)
      try checkValue(value, of: key)
    }
  }

  static func checkMetrics(_ metrics: [String: String]) throws {
    for (name, value) in metrics {
      try checkKey(name, as: .metric)
      try checkValue(value, of: name)
      guard Double(value) != nil else {
        throw RegistryError.metricNotANumber(name: name, value: value)
      }
    }
  }

  /// Values are short enough for a line of the journal.
  private static func checkValue(_ value: String, of key: String) throws {
    guard value.utf8.count <= 4096 else { throw RegistryError.valueTooLong(key: key, limit: 4096) }
  }

  private static let endings = [
    ".weights.h5", ".h5", ".hdf5", ".keras", ".weights.json", ".safetensors.index.json",
    ".safetensors", ".npz", ".ckpt", ".savedmodel",
  ]

  /// The name that a model gets from a file's: without the ending, and with `-` for what a name
  /// cannot have. A name that any model could have is that of the folder instead.
  static func model(fromFile path: String) -> String {
    let parts = path.split(separator: "/")
    var stem = parts.last ?? ""
    // TensorFlow Serving numbers the folders of a model.
    if stem.allSatisfy(\.isNumber) || ["checkpoint", "saved_model"].contains(stem),
      let folder = parts.dropLast().last
    {
      stem = folder
    }
    for suffix in endings where stem.hasSuffix(suffix) {
      stem = stem.dropLast(suffix.count)
      break
    }
    let bytes = stem.utf8.map { isAllowed($0) ? $0 : UInt8(ascii: "-") }
    let trimmed = bytes.drop { !isAlphanumeric($0) }.prefix(255)
    let made = String(decoding: trimmed, as: UTF8.self)
    do {
      try check(made, as: .model)
      return made
    } catch {
      return "model"
    }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    isAlphanumeric(byte)
      || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
  }
}
