import ArgumentParser
import Catalog
import ModelRegistry
import StrictJSON
import Tensors

struct DiskUsage: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "du",
    abstract: "Show what is stored, for whom, and what deleting each version would free.",
    discussion: """
      Files is what was committed, as if every version were kept whole. Stored is what it takes: \
      each blob once, in the form in which it is kept. Models that share tensors may add up to \
      more than there is.

      EXAMPLE
        registry du mnist
      """)

  @OptionGroup var options: RegistryOptions
  @Argument(help: "The model. Without it: all.") var model: String?
  @Option(help: "At most so many versions, the newest.") var limit = Limit(count: 20)

  func run() throws {
    let report = try options.open().usage(model: model, limit: limit.count)
    options.show(report.json, report.lines)
  }
}

extension UsageReport {
  fileprivate var json: JSONValue {
    [
      "disk_bytes": .integer(diskBytes),
      "models": .array(
        models.map {
          [
            "model": .string($0.model), "versions": .integer($0.versionCount),
            "file_bytes": .integer($0.fileBytes), "stored_bytes": .integer($0.storedBytes),
          ]
        }),
      "roles": .array(
        roles.map {
          [
            "role": .string($0.role.rawValue), "tensor_bytes": .integer($0.tensorBytes),
            "unique_bytes": .integer($0.uniqueBytes), "stored_bytes": .integer($0.storedBytes),
          ]
        }),
      "codings": .array(
        codings.map {
          [
            "coding": .string($0.kind.rawValue), "blobs": .integer($0.blobCount),
            "raw_bytes": .integer($0.rawBytes), "stored_bytes": .integer($0.storedBytes),
          ]
        }),
      "packing": [
        "blobs": .integer(packing.blobCount), "old_bytes": .integer(packing.oldByteCount),
        "new_bytes": .integer(packing.newByteCount),
        "gathered_packs": .integer(packing.gatheredPackCount),
        "partial": .bool(packing.isPartial),
      ],
      "versions": .array(
        versions.map {
          [
            "model": .string($0.version.model), "version": .integer($0.version.number),
            "raw_bytes": .integer($0.rawBytes), "stored_bytes": .integer($0.storedBytes),
            "own_bytes": .integer($0.ownBytes),
          ]
        }),
    ]
  }

  fileprivate var lines: [String] {
    var sizes = TextTable(right: [1, 2, 3])
    sizes.add("model", "versions", "files", "stored")
    for model in models {
      sizes.add(
        model.model, formatted(count: model.versionCount), formatted(bytes: model.fileBytes),
        formatted(bytes: model.storedBytes))
    }
    var tensors = TextTable(right: [1, 2, 3, 4])
    tensors.add("role", "tensors", "once", "stored", "ratio")
    for role in roles {
      tensors.add(
        role.role.rawValue, formatted(bytes: role.tensorBytes), formatted(bytes: role.uniqueBytes),
        formatted(bytes: role.storedBytes), ratio(role.storedBytes, role.tensorBytes))
    }
    var forms = TextTable(right: [1, 2, 3, 4])
    forms.add("kept", "blobs", "bytes", "stored", "ratio")
    for coding in codings {
      forms.add(
        coding.kind.phrase, formatted(count: coding.blobCount), formatted(bytes: coding.rawBytes),
        formatted(bytes: coding.storedBytes), ratio(coding.storedBytes, coding.rawBytes))
    }
    var own = TextTable(right: [1, 2, 3, 4])
    own.add("version", "bytes", "stored", "ratio", "deleting frees")
    for usage in versions {
      own.add(
        usage.version.label, formatted(bytes: usage.rawBytes), formatted(bytes: usage.storedBytes),
        ratio(usage.storedBytes, usage.rawBytes), formatted(bytes: usage.ownBytes))
    }
    return sizes.lines() + [""] + tensors.lines() + [""] + forms.lines() + [""] + own.lines()
      + ["", "\(formatted(bytes: diskBytes)) on the disk"] + packingLines
  }

  private var packingLines: [String] {
    let saved =
      packing.oldByteCount > packing.newByteCount ? packing.oldByteCount - packing.newByteCount : 0
    // Less than a hundredth is not worth a line.
    guard saved > diskBytes / 100 || packing.gatheredPackCount > 0 else { return [] }
    let most = packing.isPartial ? "at least " : "about "
    return [
      "registry pack would save \(most)\(formatted(bytes: saved))"
        + (packing.gatheredPackCount == 0
          ? "" : ", and make few files of \(formatted(count: packing.gatheredPackCount))")
    ]
  }

  private func ratio(_ stored: UInt64, _ raw: UInt64) -> String {
    raw == 0 ? "" : rounded(Double(stored) / Double(raw), digits: 2)
  }
}

extension CodingKind {
  /// As a row calls it.
  fileprivate var phrase: String {
    switch self {
    case .raw: "as it is"
    case .alone: "coded"
    case .delta: "coded against another"
    }
  }
}
