import Digests
import StrictJSON

/// An object in the JSON of a blob, read member by member; what does not fit names the member.
struct BlobJSON {
  let value: JSONValue
  let id: Digest

  init(value: JSONValue, id: Digest) {
    self.value = value
    self.id = id
  }

  init(parsing bytes: [UInt8], id: Digest) throws(ManifestError) {
    do throws(JSONError) {
      value = try JSONValue(parsing: bytes)
    } catch {
      throw .notJSON(id, error)
    }
    self.id = id
  }

  func string(_ key: String) throws(ManifestError) -> String {
    guard let string = value[key]?.string else { throw .malformed(id, member: key) }
    return string
  }

  func digest(_ key: String) throws(ManifestError) -> Digest {
    try Self.digest(value[key], key, id)
  }

  func digests(_ key: String) throws(ManifestError) -> [Digest] {
    try array(key).map { element throws(ManifestError) in try Self.digest(element, key, id) }
  }

  private static func digest(_ value: JSONValue?, _ key: String, _ id: Digest)
    throws(ManifestError) -> Digest
  {
    guard let text = value?.string, text.utf8.count == 64, let digest = Digest(parsing: text)
    else { throw .malformed(id, member: key) }
    return digest
  }

  func array(_ key: String) throws(ManifestError) -> [JSONValue] {
    guard let array = value[key]?.array else { throw .malformed(id, member: key) }
    return array
  }

  /// The object under a key; `nil` when there is none.
  func object(_ key: String) throws(ManifestError) -> BlobJSON? {
    guard let member = value[key] else { return nil }
    guard member.object != nil else { throw .malformed(id, member: key) }
    return BlobJSON(value: member, id: id)
  }

  func objects(_ key: String) throws(ManifestError) -> [BlobJSON] {
    let id = id
    return try array(key).map { element throws(ManifestError) in
      guard element.object != nil else { throw .malformed(id, member: key) }
      return BlobJSON(value: element, id: id)
    }
  }

  /// An object of strings under a key.
  func strings(_ key: String) throws(ManifestError) -> [String: String] {
    guard let members = value[key]?.object else { throw .malformed(id, member: key) }
    let strings = members.compactMapValues(\.string)
    guard strings.count == members.count else { throw .malformed(id, member: key) }
    return strings
  }
}
