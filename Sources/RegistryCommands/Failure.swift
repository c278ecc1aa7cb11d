import Catalog
import ContentStore
import Files
import Glibc
import HDF5Format
import IsolatedReaders
import KerasFormat
import ModelExport
import ModelRegistry
import StrictJSON
import Tensors

/// What the user sees when a command fails, and what the shell sees: made here and nowhere else.
struct Failure: Equatable {
  var message: String
  var hint: String?
  var status: ExitStatus
  /// A word for programs, stable.
  var code: String

  /// - Parameter code: `nil`: the status' own.
  init(_ message: String, hint: String? = nil, _ status: ExitStatus, code: String? = nil) {
    // Paths and names in it may come from a hostile file.
    self.message = printable(message)
    self.hint = hint.map(printable)
    self.status = status
    self.code = code ?? status.code
  }

  /// As `--json` prints it.
  var json: JSONValue {
    var members: [String: JSONValue] = ["code": .string(code), "message": .string(message)]
    if let hint { members["hint"] = .string(hint) }
    return ["error": .object(members)]
  }

  /// - Parameter subject: the file that the command was about, for errors that do not name one.
  init(_ error: any Error, subject: String?) {
    switch error {
    case let error as RegistryError: self.init(error)
    case let error as ReaderError: self.init(error, source: subject ?? "the file")
    case let error as ModelExportError: self.init(error)
    case let error as StoreError: self.init(error)
    case let error as CatalogError: self.init(error)
    case let error as ManifestError: self.init(error)
    case let error as SystemCallError: self.init(error)
    case let error as Failed: self = error.failure
    default: self.init("\(error)", .systemFailure)
    }
  }
}

/// A failure that a command found itself.
struct Failed: Error {
  let failure: Failure

  init(_ message: String, hint: String? = nil, _ status: ExitStatus) {
    failure = Failure(message, hint: hint, status)
  }
}

extension Failure {
  private init(_ error: SystemCallError) {
    let message = "\(error.path): \(error.reason) (\(error.call))"
    switch error.code {
    case ENOSPC, EDQUOT:
      self.init(message, hint: "Free some space and do it again: nothing was changed.", .noSpace)
    case EACCES, EPERM, EROFS: self.init(message, .noPermission)
    case ENOENT, ENOTDIR, ELOOP: self.init(message, .notFound)
    default: self.init(message, .systemFailure)
    }
  }

  private init(_ error: StoreError) {
    let verify = "See which versions it hits with: registry verify --full"
    switch error {
    case .notAStore(let path):
      self.init("\(path) is not a registry.", hint: "Make one with: registry init", .noRegistry)
    case .unknownFormat(let path, let found, let known):
      self.init(
        "\(path) is of format \(quoted(found.trimmed)), and this program knows"
          + " \(quoted(known.trimmed)).",
        hint: "Use the version of registry that made it, or a newer one.", .unknownFormat)
    case .blobMissing(let digest, let path):
      self.init("Blob \(digest) is missing: expected at \(path).", hint: verify, .registryDamaged)
    case .blobUnreadable(let digest, let error):
      self.init(
        "Blob \(digest) cannot be read: \(error.path): \(error.reason).", hint: verify,
        .registryDamaged)
    case .blobDamaged(let digest, let path, let found):
      self.init(
        "Blob \(digest) is damaged: the bytes in \(path) have SHA-256 \(found).", hint: verify,
        .registryDamaged)
    case .blobLengthWrong(let digest, let path, let expected, let found):
      self.init(
        "Blob \(digest) is damaged: \(path) should have \(expected) bytes of it, and has \(found).",
        hint: verify, .registryDamaged)
    case .packDamaged(let path, let defect):
      self.init("\(path) is damaged: \(defect.rawValue).", hint: verify, .registryDamaged)
    case .unsafeFileSystem(let path, let kind):
      self.init(
        "\(path) is on \(kind), where locks are not dependable.",
        hint: "Keep the registry on a local disk.", .systemFailure)
    case .blobTooLong, .blobUndecodable, .baseDamaged: self.init(coding: error)
    }
  }

  private init(coding error: StoreError) {
    let verify = "See which versions it hits with: registry verify --full"
    switch error {
    case .blobTooLong(let digest, let byteCount, let limit):
      self.init(
        "Blob \(digest) should be a text, and has \(byteCount) bytes: at most \(limit) are read.",
        hint: verify, .registryDamaged)
    case .blobUndecodable(let digest, let path, let defect):
      self.init(
        "Blob \(digest) in \(path) cannot be decoded: \(defect.phrase).", hint: verify,
        .registryDamaged)
    case .baseDamaged(let digest, let base, let cause):
      self.init(
        "Blob \(digest) is coded against blob \(base): " + Failure(cause).message, hint: verify,
        .registryDamaged)
    default: self.init("\(error)", .registryDamaged)
    }
  }

  private init(_ error: CatalogError) {
    let recover = "If it stays so, rebuild the catalog with: registry recover"
    switch error {
    case .missing(let path):
      self.init("\(path) is gone.", hint: "Make it anew with: registry recover", .registryDamaged)
    case .readOnly(let path): self.init("\(path) may not be changed.", .noPermission)
    case .notACatalog(let path, let id):
      self.init(
        "\(path) is not a registry's catalog (application id \(id)).", hint: recover,
        .registryDamaged)
    case .tooNew(let path):
      self.init(
        "\(path) was made by a newer version of registry.",
        hint: "Use that version, or a newer one.",
        .unknownFormat)
    case .journalMode(let path, let wanted, let got):
      self.init(
        "\(path): SQLite keeps its journal as \(quoted(got)), and \(quoted(wanted)) is needed for"
          + " commits to be durable.", hint: recover, .registryDamaged)
    case .database(let path, let code, let message):
      self.init(sqlite: code, message, path: path, hint: recover)
    case .damagedRow(let table, let detail):
      self.init("The catalog is damaged (\(table)): \(detail).", hint: recover, .registryDamaged)
    case .unfitBase(let blob, let base):
      self.init(
        "Blob \(blob) cannot be coded against \(base), which is gone or needs it.",
        hint: "Try again.", .tryAgain)
    }
  }

  /// - Parameter code: SQLite's extended result code; its low byte is the primary one.
  private init(sqlite code: Int32, _ message: String, path: String, hint: String) {
    switch code & 0xFF {
    case 5, 6:
      self.init("\(path) is in use by another process.", hint: "Try again in a moment.", .tryAgain)
    case 13:
      self.init("\(path): no space left for the catalog.", hint: "Free some space.", .noSpace)
    case 23: self.init("\(path): \(message).", .noPermission)
    case 11, 26: self.init("\(path) is damaged: \(message).", hint: hint, .registryDamaged)
    default: self.init("\(path): \(message) (SQLite \(code)).", hint: hint, .systemFailure)
    }
  }

  private init(_ error: ManifestError) {
    let hint = "See which versions it hits with: registry verify --full"
    switch error {
    case .notJSON(let id, let defect):
      self.init("Blob \(id) should be JSON: \(defect).", hint: hint, .registryDamaged)
    case .malformed(let id, let member):
      self.init(
        "Blob \(id) is not as a manifest is written: \(quoted(member)).", hint: hint,
        .registryDamaged)
    }
  }
}

extension Failure {
  private init(_ error: RegistryError) {
    switch error {
    case .noRegistry(let path):
      self.init(
        "There is no registry in \(path == "." ? "this folder" : path) or above it.",
        hint: "Make one with: registry init", .noRegistry)
    case .noRegistryIn(let path):
      self.init(
        "\(path) is no registry, and holds none.",
        hint: "Make one with: registry init \(path)", .noRegistry)
    case .busy(let path):
      self.init(
        "Another process has \(path) for itself, to make or to recover it.",
        hint: "Try again when it has ended.", .tryAgain)
    case .versionsLost(let names):
      self.init(
        "The last recovery could not record \(names.joined(separator: ", ")), and gc would delete"
          + " what may be left of it.",
        hint: "Put back what is missing and recover again, or give it up with: registry gc"
          + " --abandon-lost", .registryDamaged)
    case .settingsUnreadable(let path):
      self.init(
        "\(path) has settings that this program does not know.",
        hint: "Use the version of registry that made them, or remove the file: the defaults hold"
          + " then.", .unknownFormat)
    case .alreadyARegistry(let path):
      self.init("\(path) is a registry already.", .targetExists)
    default: self.init(reference: error)
    }
  }

  private init(reference error: RegistryError) {
    switch error {
    case .noVersions:
      self.init(
        "Nothing was committed yet.", hint: "Commit a model with: registry commit model.h5",
        .notFound)
    case .noSuchModel(let name, let near):
      self.init(
        "There is no model \(quoted(name)).", hint: Self.near("Models", near), .notFound)
    case .noSuchReference(let text, let near):
      let short =
        text.utf8.count < 4 && text.allSatisfy(\.isHexDigit)
        ? " An id needs at least four digits." : ""
      self.init(
        "There is no version \(quoted(text)).\(short)", hint: Self.near("Near", near), .notFound)
    case .ambiguousReference(let text, let matches):
      self.init(
        "\(quoted(text)) may mean more than one version.", hint: Self.near("Those are", matches),
        .notFound)
    case .malformedReference(let text):
      self.init(
        "\(quoted(text)) is no reference.",
        hint: "References look like v3, mnist@v3, mnist@champion, latest, v3~1 or 4f2a91c0.",
        .usage)
    case .removedVersion(let label):
      self.init(
        "\(label) was removed.", hint: "Bring it back with: registry restore \(label)", .notFound)
    default: self.init(change: error)
    }
  }

  private init(change error: RegistryError) {
    switch error {
    case .notRemoved(let label): self.init("\(label) was not removed.", .usage)
    case .aliased(let label, let aliases):
      let name = aliases.first ?? ""
      self.init(
        "\(label) is \(aliases.map(quoted).joined(separator: ", ")), and stays.",
        hint: "Move the alias first: registry alias \(name) REF, or take it away: registry alias"
          + " --delete \(name) --model \(label.prefix { $0 != "@" })",
        .targetExists)
    case .noSuchTag(let key, let version):
      self.init("\(version) has no tag \(quoted(key)).", .notFound)
    case .noSuchAlias(let name, let model):
      self.init("\(model) has no alias \(quoted(name)).", .notFound)
    case .noSuchVariable(let path, let version, let near):
      self.init(
        "\(version) has no variable \(quoted(path)).",
        hint: Self.near("Variables", near) ?? "List them with: registry show \(version)", .notFound)
    case .nothingUnder(let prefix, let version):
      self.init(
        "\(version) has no variable below \(quoted(prefix)).",
        hint: "List them with: registry show \(version)", .notFound)
    case .noOptimizer(let version):
      self.init("\(version) has no optimizer's state.", .notFound)
    case .optimizerOfOther(let version, let optimizerFrom, let weight):
      self.init(
        "The optimizer of \(optimizerFrom) has state for \(quoted(weight)), which \(version) does"
          + " not have.", hint: "Take it from a version of the same architecture.", .sourceRefused)
    default: self.init(input: error)
    }
  }

  private init(input error: RegistryError) {
    switch error {
    case .invalidName(let name, let kind):
      self.init("\(quoted(name)) cannot be the name of \(kind.phrase).", hint: kind.rule, .usage)
    case .metricNotANumber(let name, let value):
      self.init("The metric \(quoted(name)) must be a number, not \(quoted(value)).", .usage)
    case .valueTooLong(let key, let limit):
      self.init("The value of \(quoted(key)) is longer than \(limit) bytes.", .usage)
    case .sourceMissing(let path): self.init("\(printable(path)) is not there.", .notFound)
    case .sourceChanged(let path):
      self.init(
        "\(printable(path)) changed while it was read.",
        hint: "Commit it again when nothing writes to it.", .tryAgain, code: "source-changed")
    case .targetExists(let path):
      self.init(
        "\(printable(path)) is there already, and stays.",
        hint: "Replace it with --force, or write elsewhere with -o PATH.", .targetExists)
    case .noSuchFolder(let path):
      self.init(
        "There is no folder \(printable(path)).", hint: "Make it first, or write elsewhere.",
        .notFound)
    case .misleadingName(let path, let ending, let better):
      self.init(
        "\(printable(path)) is not written: Keras takes what ends in \(ending) for another format.",
        hint: "Call it \(printable(better)).", .usage)
    case .targetHoldsRegistry(let path):
      self.init(
        "\(printable(path)) is not replaced: it holds a registry or this folder, or lies in one.",
        hint: "Write elsewhere with -o PATH.", .targetExists)
    case .blobUnknown(let digest):
      self.init(
        "The catalog has lost blob \(digest).", hint: "Rebuild it with: registry recover",
        .registryDamaged)
    case .recoveryBlocked:
      self.init(
        "Another process uses the registry.", hint: "Recover when it has ended.", .tryAgain)
    default: self = Failure(export: error) ?? Failure(source: error)
    }
  }

  private static func near(_ title: String, _ names: [String]) -> String? {
    names.isEmpty ? nil : "\(title): \(names.map(printable).joined(separator: ", "))"
  }
}

extension NameKind {
  fileprivate var phrase: String { self == .alias ? "an alias" : "a \(rawValue)" }

  fileprivate var rule: String {
    switch self {
    case .model, .alias:
      "Letters, digits, '.', '_' and '-', a letter or digit first; not 'latest', not like 'v3'."
    case .tag, .metric: "Up to 255 bytes, without '=' and control characters."
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    String(self.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}

extension CodingDefect {
  /// As a sentence about a coded blob ends.
  fileprivate var phrase: String {
    switch self {
    case .notInPack: "coded blobs lie in packs, and it does not"
    case .chainTooLong(let count): "\(count) others would have to be decoded first"
    case .tableOutside(let needed, let available):
      "it should have at least \(needed) bytes there, and has \(available)"
    case .lengthsWrong(let expected, let found):
      "its chunks should have \(expected) bytes together, and have \(found)"
    case .chunkDamaged(let chunk, let error): "chunk \(chunk) is damaged (\(error))"
    case .checksumWrong(let chunk, let expected, let found):
      "chunk \(chunk) should have the CRC-32C \(String(expected, radix: 16)),"
        + " and has \(String(found, radix: 16))"
    case .headWrong: "it begins otherwise than it should"
    }
  }
}
