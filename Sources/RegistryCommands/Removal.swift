import ArgumentParser
import Catalog
import Digests
import ModelRegistry
import StrictJSON

struct Remove: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "rm",
    abstract: "Take a version out of the log; restore brings it back until gc has taken it.",
    discussion: """
      A version that an alias points at stays. gc keeps a removed version for its retention.

      EXAMPLE
        registry rm v2
      """)

  @OptionGroup var options: RegistryOptions
  @Argument(help: "The version.") var ref: ReferenceArgument

  func run() throws {
    let version = try options.open().remove(ref.parsed())
    options.show(
      version.removalJSON(removed: true),
      ["Removed \(version.label). Bring it back with: registry restore \(version.label)"])
  }
}

struct Restore: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Bring a removed version back.",
    discussion: """
      EXAMPLE
        registry restore v2
      """)

  @OptionGroup var options: RegistryOptions
  @Argument(help: "The version.") var ref: ReferenceArgument

  func run() throws {
    let version = try options.open().restore(ref.parsed())
    options.show(version.removalJSON(removed: false), ["\(version.label) is back"])
  }
}

extension VersionRecord {
  fileprivate func removalJSON(removed: Bool) -> JSONValue {
    [
      "model": .string(model), "version": .integer(number), "id": .string(id.hex),
      "removed": .bool(removed),
    ]
  }
}
