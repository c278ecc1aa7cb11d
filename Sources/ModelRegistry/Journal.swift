import Catalog
import Digests
import Files
import Glibc
import StrictJSON

/// What happened to versions and moving names, in the order in which it did: a file that is only
/// appended to, each line chained to the one before by a digest. The catalog can be rebuilt from it
/// and the manifests.
///
/// Lines are appended with the catalog's write lock held, before the transaction ends, and the
/// catalog records how far the journal goes in the same transaction. What lies behind that is of
/// transactions that were lost, and is cut off by the next line.
struct Journal {
  /// The registry's folder.
  let folder: String

  private var path: String { folder + "/journal" }

  /// One line, without its chain.
  struct Entry: Hashable {
    /// Nanoseconds since 1970.
    var at: Int64
    var event: Event
    var model: String
    var number: Int
    /// The version's id; `nil` for what is of a model.
    var version: Digest?
    /// The key of a tag, the name of an alias, a metric or an export.
    var name: String?
    var value: String?
  }

  enum Event: String {
    case commit, remove, restore, purge
    case tag, untag, metric
    case alias, unalias
    /// What was asked for, and the SHA-256 of the file.
    case export
    /// Without tags, metrics and exports, as lines of those follow.
    case reset
    /// Numbers of the model up to this one were given.
    case numbered
  }

  /// Adds entries and returns when they are on the disk. A journal that is not as the catalog says
  /// is written anew from the catalog first.
  func append(_ entries: [Entry], _ writer: CatalogWriter) throws {
    var end = try writer.reader.journalEnd()
    if try !isWhole(upTo: end) { end = try rewrite(from: writer) }
    let file = try OpenFile(path, flags: O_RDWR | O_CREAT, mode: 0o644)
    try file.truncate(to: end.byteCount)
    guard lseek(file.descriptor, off_t(end.byteCount), SEEK_SET) >= 0 else {
      throw SystemCallError("lseek", path)
    }
    let isNew = end.byteCount == 0
    try file.write(lines(entries, from: &end))
    try file.synchronize()
    if isNew { try Folder.synchronize(folder) }
    try writer.setJournalEnd(end)
  }

  private func lines(_ entries: [Entry], from end: inout JournalEnd) -> [UInt8] {
    var text = ""
    for entry in entries {
      end.chain = Self.chain(end.chain, entry)
      text += entry.json(chain: end.chain).canonicalText + "\n"
    }
    end.byteCount += UInt64(text.utf8.count)
    return Array(text.utf8)
  }

  /// Whether the file has a last line there with that chain.
  private func isWhole(upTo end: JournalEnd) throws -> Bool {
    guard let file = try OpenFile.ifPresent(path, flags: O_RDONLY) else {
      return end.byteCount == 0
    }
    let size = try file.status().byteCount
    // Lines that no catalog knows of are not cut off: they may be all that is left of another.
    guard end.byteCount > 0 else { return size == 0 }
    guard size >= end.byteCount else { return false }
    // Longer than any line: names and values are bounded.
    let reach = min(end.byteCount, 64 << 10)
    let bytes = try file.bytes(at: end.byteCount - reach, count: Int(reach))
    guard bytes.last == UInt8(ascii: "\n"),
      let line = bytes.split(separator: UInt8(ascii: "\n")).last,
      let json = try? JSONValue(parsing: line)  // A line that is no JSON is damaged.
    else { return false }
    return json["chain"]?.string == end.chain
  }

  /// Writes a journal that leads to what the catalog is; the old one stays beside it.
  @discardableResult
  func rewrite(from writer: CatalogWriter) throws -> JournalEnd {
    var end = JournalEnd(byteCount: 0, chain: "")
    let fresh = path + ".new"
    try Folder.remove(fresh)
    let file = try OpenFile.creating(fresh, mode: 0o644)
    for version in try writer.reader.versionsInOrderOfCommit() {
      try file.write(lines(Self.entries(of: version, writer.reader), from: &end))
    }
    for model in try writer.reader.lastNumbers() {
      let entry = Entry(
        at: model.used, event: .numbered, model: model.name, number: model.number)
      try file.write(lines([entry], from: &end))
    }
    try file.synchronize()
    if try Folder.status(of: path) != nil {
      var number = 1
      while try Folder.status(of: "\(path).old-\(number)") != nil { number += 1 }
      try Folder.rename(path, to: "\(path).old-\(number)")
    }
    try Folder.rename(fresh, to: path)
    try Folder.synchronize(folder)
    try writer.setJournalEnd(end)
    return end
  }

  private static func entries(of version: VersionRecord, _ reader: CatalogReader) throws -> [Entry]
  {
    func entry(_ event: Event, at time: Int64, _ name: String? = nil, _ value: String? = nil)
      -> Entry
    {
      Entry(
        at: time, event: event, model: version.model, number: version.number, version: version.id,
        name: name, value: value)
    }
    let created = version.created
    var entries = [entry(.commit, at: created), entry(.reset, at: created)]
    for (key, value) in try reader.tags(of: version).sorted(by: { $0.key < $1.key }) {
      entries.append(entry(.tag, at: created, key, value))
    }
    for (name, value) in try reader.metrics(of: version).sorted(by: { $0.key < $1.key }) {
      entries.append(entry(.metric, at: created, name, value))
    }
    entries += try reader.aliases(of: version).map { entry(.alias, at: created, $0) }
    entries += try reader.exports(of: version).map {
      entry(.export, at: $0.exported, $0.name, $0.digest.hex)
    }
    if let removed = version.removed { entries.append(entry(.remove, at: removed)) }
    return entries
  }

  /// What a journal was found to say.
  struct Contents {
    var entries: [Entry] = []
    /// Where its last sound line ends.
    var end = JournalEnd(byteCount: 0, chain: "")
    /// The first line that is not as it was written; `nil` when all are.
    var damagedLine: Int?
  }

  /// The entries, oldest first, up to the first line that is not as it was written. A last line
  /// without an end is no entry.
  func contents() throws -> Contents {
    var contents = Contents()
    guard let file = try OpenFile.ifPresent(path, flags: O_RDONLY) else { return contents }
    let bytes = try file.bytes(at: 0, count: Int(clamping: file.status().byteCount))
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for line in lines.dropLast() {
      guard let json = try? JSONValue(parsing: line),  // A line that is no JSON is damaged.
        let entry = Entry(json), json["chain"]?.string == Self.chain(contents.end.chain, entry)
      else {
        contents.damagedLine = contents.entries.count + 1
        return contents
      }
      contents.end.chain = Self.chain(contents.end.chain, entry)
      contents.end.byteCount += UInt64(line.count + 1)
      contents.entries.append(entry)
    }
    return contents
  }

  private static func chain(_ before: String, _ entry: Entry) -> String {
    Digest(of: Array((before + entry.json(chain: nil).canonicalText).utf8)).hex
  }
}

extension Journal.Entry {
  fileprivate func json(chain: String?) -> JSONValue {
    var members: [String: JSONValue] = [
      "at": .integer(at), "event": .string(event.rawValue), "model": .string(model),
      "number": .integer(number),
    ]
    if let version { members["version"] = .string(version.hex) }
    if let name { members["name"] = .string(name) }
    if let value { members["value"] = .string(value) }
    if let chain { members["chain"] = .string(chain) }
    return .object(members)
  }

  fileprivate init?(_ json: JSONValue) {
    guard let at = json["at"]?.integer, let event = json["event"]?.string,
      let event = Journal.Event(rawValue: event), let model = json["model"]?.string,
      let number = json["number"]?.integer
    else { return nil }
    let version = json["version"]?.string.flatMap { Digest(parsing: $0) }
    guard version != nil || event == .numbered else { return nil }
    self.init(
      at: Int64(at), event: event, model: model, number: number, version: version,
      name: json["name"]?.string, value: json["value"]?.string)
  }
}
