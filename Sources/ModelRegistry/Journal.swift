import Digests
import Files
import Glibc
import StrictJSON

/// What is wrong with a journal.
public enum JournalError: Error, Hashable, Sendable {
  /// The last line is not as it was written, so that none can be chained to it.
  case lastLineDamaged(path: String)
}

/// What happened to versions and moving names, in the order in which it did: a file that is only
/// appended to, each line chained to the one before by a digest. The catalog can be rebuilt from it
/// and the manifests.
///
/// Append with the catalog's write lock held, before the transaction ends: the order is then that of
/// the transactions. An entry whose transaction was lost tells of a change that nobody was told of.
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
    /// The version's id.
    var version: Digest
    /// The key of a tag, the name of an alias or a metric.
    var name: String?
    var value: String?
  }

  enum Event: String {
    case commit, remove, restore, purge
    case tag, untag, metric
    case alias, unalias
  }

  /// Adds entries and returns when they are on the disk.
  func append(_ entries: [Entry]) throws {
    let file = try OpenFile(path, flags: O_RDWR | O_CREAT, mode: 0o644)
    let size = try file.status().byteCount
    let tail = try Tail(of: file, size: size)
    // A line without an end is what a crash left of a transaction that nobody was told of.
    if tail.end < size { try file.truncate(to: tail.end) }
    guard lseek(file.descriptor, off_t(tail.end), SEEK_SET) >= 0 else {
      throw SystemCallError("lseek", path)
    }
    var chain = tail.chain
    var text = ""
    for entry in entries {
      chain = Self.chain(chain, entry)
      text += Self.line(entry, chain) + "\n"
    }
    try file.write(Array(text.utf8))
    try file.synchronize()
    if size == 0 { try Folder.synchronize(folder) }
  }

  /// The entries, oldest first, up to the first line that is not as it was written; its number, or
  /// `nil` when all are sound. A last line without an end is no entry.
  func entries() throws -> (entries: [Entry], damagedLine: Int?) {
    guard try Folder.status(of: path) != nil else { return ([], nil) }
    let file = try OpenFile.reading(path)
    let size = try file.status().byteCount
    let bytes = try file.bytes(at: 0, count: Int(size))
    var chain = ""
    var entries: [Entry] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for line in lines.dropLast() {
      guard let json = try? JSONValue(parsing: line),  // A line that is no JSON is damaged.
        let entry = Entry(json), json["chain"]?.string == Self.chain(chain, entry)
      else { return (entries, entries.count + 1) }
      chain = Self.chain(chain, entry)
      entries.append(entry)
    }
    return (entries, nil)
  }

  private static func chain(_ before: String, _ entry: Entry) -> String {
    Digest(of: Array((before + entry.json(chain: nil).canonicalText).utf8)).hex
  }

  private static func line(_ entry: Entry, _ chain: String) -> String {
    entry.json(chain: chain).canonicalText
  }

  /// Where the last whole line ends, and its chain.
  private struct Tail {
    var end: UInt64 = 0
    var chain = ""

    // Longer than any line: names and values are bounded.
    static let reach: UInt64 = 64 << 10

    init(of file: borrowing OpenFile, size: UInt64) throws {
      let start = size > Self.reach ? size - Self.reach : 0
      let bytes = try file.bytes(at: start, count: Int(size - start))
      guard let newline = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
        guard start == 0 else { throw JournalError.lastLineDamaged(path: file.path) }
        return
      }
      end = start + UInt64(newline) + 1
      let line = bytes[..<newline].split(separator: UInt8(ascii: "\n")).last ?? []
      let json = try? JSONValue(parsing: line)  // A line that is no JSON is damaged.
      guard let chain = json?["chain"]?.string else {
        throw JournalError.lastLineDamaged(path: file.path)
      }
      self.chain = chain
    }
  }
}

extension Journal.Entry {
  fileprivate func json(chain: String?) -> JSONValue {
    var members: [String: JSONValue] = [
      "at": .integer(at), "event": .string(event.rawValue), "model": .string(model),
      "number": .integer(number), "version": .string(version.hex),
    ]
    if let name { members["name"] = .string(name) }
    if let value { members["value"] = .string(value) }
    if let chain { members["chain"] = .string(chain) }
    return .object(members)
  }

  fileprivate init?(_ json: JSONValue) {
    guard let at = json["at"]?.integer, let event = json["event"]?.string,
      let event = Journal.Event(rawValue: event), let model = json["model"]?.string,
      let number = json["number"]?.integer, let version = json["version"]?.string,
      let version = Digest(parsing: version)
    else { return nil }
    self.init(
      at: Int64(at), event: event, model: model, number: number, version: version,
      name: json["name"]?.string, value: json["value"]?.string)
  }
}
