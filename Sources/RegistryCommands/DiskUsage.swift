import ArgumentParser
import Catalog
import ModelRegistry
import StrictJSON
import Tensors

struct DiskUsage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "du",
    abstract: "Show what is stored, for whom, and what deleting each version would free.",
    discussion: """
      Logical is what the tensors would take if every version were kept whole; stored counts each \
      blob once.

      EXAMPLE
        registry du mnist
      """)

  @OptionGroup var options: RegistryOptions
  @Argument(help: "The model. Without it: all.") var model: String?
  @Option(help: "At most so many versions, the newest.") var limit = 20

  func run() throws {
    let report = try options.open().usage(model: model, limit: limit)
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
            "logical_bytes": .integer($0.logicalBytes), "stored_bytes": .integer($0.storedBytes),
          ]
        }),
      "roles": .array(
        roles.map {
          [
            "role": .string($0.role.rawValue), "logical_bytes": .integer($0.logicalBytes),
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
    var sizes = TextTable(right: [1, 2])
    sizes.add("", "logical", "stored")
    for model in models {
      sizes.add(
        "\(model.model) (\(model.versionCount))", formatted(bytes: model.logicalBytes),
        formatted(bytes: model.storedBytes))
    }
    for role in roles {
      sizes.add(
        role.role.rawValue, formatted(bytes: role.logicalBytes), formatted(bytes: role.storedBytes))
    }
    var own = TextTable(right: [1])
    for usage in versions { own.add(usage.version.label, formatted(bytes: usage.ownBytes)) }
    return sizes.lines() + ["", "Deleting would free:"] + own.lines(indent: "  ")
      + ["", "\(formatted(bytes: diskBytes)) on the disk"]
  }
}
