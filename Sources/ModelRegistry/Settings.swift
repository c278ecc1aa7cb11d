import ContentStore
import Files
import Glibc
import StrictJSON

/// What a registry is told once, and keeps to: the file `settings`. It is no part of the catalog,
/// which can be made anew without it.
public struct Settings: Hashable, Sendable {
  /// How commits keep what is new, unless they are told otherwise.
  public var codec = Codec.auto

  public init() {}
}

extension Registry {
  /// What the registry is set to.
  ///
  /// - Throws: `RegistryError.settingsUnreadable` when the file says what this program does not
  ///   know.
  public func settings() throws -> Settings {
    guard let file = try OpenFile.ifPresent(settingsPath, flags: O_RDONLY | O_NONBLOCK) else {
      return Settings()
    }
    // More than this was never written.
    let count = Int(min(try file.status().byteCount, 64 << 10))
    do {
      return try Settings(JSONValue(parsing: file.bytes(at: 0, count: count)))
    } catch let error as SystemCallError { throw error } catch {
      throw RegistryError.settingsUnreadable(path: settingsPath)
    }
  }

  /// Sets the registry to something, for all commits from here on.
  public func set(_ settings: Settings) throws {
    let text = settings.json.canonicalText + "\n"
    try WholeFile.write(to: settingsPath, replacing: true) { try $0.write(Array(text.utf8)) }
    try Folder.synchronize(store.paths.root)
  }

  private var settingsPath: String { store.paths.settings }
}

extension Settings {
  private struct Unknown: Error {}

  fileprivate var json: JSONValue { ["codec": .string(codec.rawValue)] }

  fileprivate init(_ json: JSONValue) throws {
    // A setting that a newer program made may matter: it is not passed over.
    guard let members = json.object, Set(members.keys).isSubset(of: ["codec"]) else {
      throw Unknown()
    }
    if let value = members["codec"] {
      guard let name = value.string, let codec = Codec(rawValue: name) else { throw Unknown() }
      self.codec = codec
    }
  }
}
