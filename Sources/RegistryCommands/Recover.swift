import ArgumentParser
import Catalog
import Digests
import Files
import ModelRegistry
import StrictJSON

struct Recover: ParsableCommand {
  static let configuration = CommandConfiguration(
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
    if !report.lost.isEmpty || !report.problems.isEmpty {
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
          [
            "id": .string($0.id.hex), "label": $0.label.map { .string($0) } ?? .null,
            "missing": .array($0.missing.map { .string($0.hex) }),
          ]
        }),
      "problems": .array(problems.map { .string($0) }),
      "old_catalog": oldCatalog.map { .string($0) } ?? .null,
    ]
  }

  fileprivate var lines: [String] {
    var lines = ["\(versions.count) version\(versions.count == 1 ? "" : "s") recorded again"]
    lines += lost.map { version in
      "lost: \(version.label ?? String(version.id.hex.prefix(12))), for want of"
        + " \(version.missing.count) blob\(version.missing.count == 1 ? "" : "s")"
    }
    lines += problems.map(printable)
    if let oldCatalog { lines.append("The old catalog is \(printable(oldCatalog))") }
    return lines
  }
}
