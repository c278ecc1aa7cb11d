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
      Files is what was committed, as if every version were kept whole. Stored counts each blob \
      once, so models that share tensors may add up to more than there is.

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
            "stored_bytes": .integer($0.storedBytes),
          ]
        }),
      "versions": .array(
        versions.map {
          [
            "model": .string($0.version.model), "version": .integer($0.version.number),
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
    var tensors = TextTable(right: [1, 2])
    tensors.add("role", "tensors", "stored")
    for role in roles {
      tensors.add(
        role.role.rawValue, formatted(bytes: role.tensorBytes), formatted(bytes: role.storedBytes))
    }
    var own = TextTable(right: [1])
    for usage in versions { own.add(usage.version.label, formatted(bytes: usage.ownBytes)) }
    return sizes.lines() + [""] + tensors.lines() + ["", "Deleting would free:"]
      + own.lines(indent: "  ")
      + ["", "\(formatted(bytes: diskBytes)) on the disk"]
  }
}
