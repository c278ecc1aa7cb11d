import Catalog
import ContentStore
import Digests
import Files
import Glibc
import Tensors

/// Version control for models: blobs in a content store, versions in a catalog.
///
/// All that changes a registry is durable when the call returns. Any number of processes may use
/// one registry at once.
///
/// ```swift
/// let registry = try Registry.create(in: folder)
/// var request = CommitRequest(path: model)
/// request.message = "5 epochs"
/// request.metrics = ["val_loss": "0.21"]
/// let report = try registry.commit(request, reading: IsolatedReader(executable: program))
/// let version = try Reference(parsing: report.version.label)
/// let back = try registry.checkout(version, to: folder + "/back.h5", replacing: false)
/// ```
///
/// `program` is an executable whose `main` calls `ReaderWorker.run()` when it is told to, as
/// `registry` does: model files are read in a process of their own.
public struct Registry: Sendable {
  /// The folder's name, as `.git` is git's.
  public static let folderName = ".registry"

  let store: BlobStore
  let catalog: Catalog
  let journal: Journal
  private let use: UseLock
  /// Nanoseconds since 1970.
  let now: @Sendable () -> Int64

  /// The registry's own folder.
  public var path: String { store.paths.root }

  private init(
    store: BlobStore, catalog: Catalog, use: UseLock, now: @escaping @Sendable () -> Int64
  ) {
    self.store = store
    self.use = use
    self.catalog = catalog
    self.now = now
    journal = Journal(folder: store.paths.root)
  }

  /// Opens the registry in a folder that is one, or that holds one.
  public init(opening path: String, now: @escaping @Sendable () -> Int64 = Self.systemTime) throws {
    guard let root = try Self.root(at: path) else { throw RegistryError.noRegistryIn(path) }
    let paths = StorePaths(root: root)
    guard let use = try UseLock.shared(paths) else { throw RegistryError.busy(path: root) }
    self.init(
      store: try BlobStore(opening: paths),
      catalog: try Catalog(path: paths.catalog, creating: false), use: use, now: now)
  }

  /// Makes a registry in a folder: `folder/.registry`, or the folder itself if it is called so.
  public static func create(
    in folder: String, now: @escaping @Sendable () -> Int64 = Self.systemTime
  ) throws -> Registry {
    let parts = folder.split(separator: "/")
    let isAbsolute = folder.hasPrefix("/")
    let folder =
      isAbsolute
      ? "/" + parts.joined(separator: "/")
      : parts.isEmpty ? "." : parts.joined(separator: "/")
    let isNamed = parts.last.map(String.init) == folderName
    let paths = StorePaths(root: isNamed ? folder : folder + "/" + folderName)
    if let root = try root(at: folder) { throw RegistryError.alreadyARegistry(path: root) }
    try Folder.createWithParents(paths.root)
    // Two processes may make one registry at once: the second finds it made.
    let use = try UseLock.aloneAfterOthers(paths)
    if let root = try root(at: folder) { throw RegistryError.alreadyARegistry(path: root) }
    // The catalog comes first and `format` last, so that a folder with a format is whole.
    let catalog = try Catalog(path: paths.catalog, creating: true)
    let store = try BlobStore.create(paths)
    try Folder.synchronize(paths.root + "/..")
    try use.share()
    return Registry(store: store, catalog: catalog, use: use, now: now)
  }

  /// The registry of a folder or of the nearest one above it.
  public static func find(
    from folder: String, now: @escaping @Sendable () -> Int64 = Self.systemTime
  ) throws -> Registry {
    try Registry(opening: nearest(to: folder), now: now)
  }

  /// Where the registry of a folder or of the nearest one above it is; it is not opened.
  public static func nearest(to folder: String) throws -> String {
    var directory = try Folder.resolve(folder)
    while true {
      if let root = try root(at: directory) { return root }
      guard let slash = directory.lastIndex(of: "/"), directory != "/" else {
        throw RegistryError.noRegistry(searchedFrom: folder)
      }
      directory = slash == directory.startIndex ? "/" : String(directory[..<slash])
    }
  }

  /// The registry that a folder is or holds. Other programs have files called `format`, too.
  static func root(at path: String) throws -> String? {
    for root in [path + "/" + folderName, path]
    where try Folder.status(of: root + "/format")?.isRegular == true
      && Folder.status(of: root + "/blobs/sha256")?.isDirectory == true
    {
      return root
    }
    return nil
  }

  /// The system's clock.
  @Sendable public static func systemTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

extension BlobRecord {
  /// As the store wants it, with all that it is coded against.
  ///
  /// - Throws: when the row names a pack as no pack is named.
  func stored() throws -> StoredBlob {
    let form: BlobForm
    switch coding {
    case .raw: form = .raw
    case .coded(let byteCount, let base):
      form = .coded(byteCount: byteCount, base: try base?.stored())
    }
    return StoredBlob(
      digest: digest, byteCount: byteCount, location: try location(), form: form)
  }

  private func location() throws -> BlobLocation {
    guard let pack else { return .loose }
    guard let id = PackID(parsing: pack.name) else {
      throw CatalogError.damagedRow(table: "pack", detail: pack.name)
    }
    return .packed(id, offset: pack.offset)
  }
}

extension BlobLocation {
  var place: PackPlace? {
    switch self {
    case .loose: nil
    case .packed(let id, let offset): PackPlace(name: id.name, offset: offset)
    }
  }
}
