import ArgumentParser
import Catalog
import Digests
import Files
import ModelRegistry
import StrictJSON

struct Recover: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "recover",
    abstract: "Make the catalog anew from the blobs and the journal.",
    discussion: """
      For a catalog that is lost or damaged. The old one is kept beside it. No other process may \
      use the registry meanwhile.

      EXAMPLE
        registry recover
      """)

  @OptionGroup var options: RegistryOptions

  func run() throws {
    let report = try Registry.recover(at: try options.named ?? nearest())
    options.show(report.json, report.lines)
    if !report.lost.isEmpty || !report.incomplete.isEmpty || !report.problems.isEmpty {
      throw ExitCode(ExitStatus.damageFound.rawValue)
    }
  }

  /// The folder that holds the registry, found without opening a catalog that may be damaged.
  private func nearest() throws -> String { try Registry.nearest(to: ".") }
}

extension RecoveryReport {
  fileprivate var json: JSONValue {
    [
      "versions": .array(versions.map { .string($0.label) }),
      "lost": .array(
        lost.map {
          ["id": .string($0.id.hex), "label": .string($0.label)]
        }),
      "incomplete": .array(
        incomplete.map {
          [
            "label": .string($0.label), "missing": .array($0.missing.map { .string($0.hex) }),
          ]
        }),
      "problems": .array(problems.map { .string($0.line) }),
      "old_catalog": oldCatalog.map { .string($0) } ?? .null,
    ]
  }

  fileprivate var lines: [String] {
    var lines = ["\(versions.count) version\(versions.count == 1 ? "" : "s") recorded again"]
    lines += incomplete.map { version in
      "\(version.label) lacks blobs (\(version.missing.count)): commit its file again to mend it"
    }
    lines += lost.map { "\(printable($0.label)) is lost: its manifest is gone or damaged" }
    lines += problems.map(\.line)
    if let oldCatalog { lines.append("The old catalog is \(printable(oldCatalog))") }
    return lines
  }
}

extension RecoveryReport.Problem {
  fileprivate var line: String {
    switch self {
    case .journalDamaged(let line):
      "The journal was damaged from line \(line) on, and was made anew."
    case .packUnreadable(let error): Failure(error, subject: nil).message
    }
  }
}
