import ArgumentParser
import ModelRegistry
import StrictJSON

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a registry.",
    discussion: """
      EXAMPLE
        registry init ~/models
      """)

  @OptionGroup var options: RegistryOptions

  @Argument(
    help:
      "The folder to hold it, as DIR/.registry. Without it: the one that --registry or REGISTRY_PATH names, else this folder."
  )
  var dir: String?

  func run() throws {
    let registry = try Registry.create(in: dir ?? options.named ?? ".")
    options.show(["registry": .string(registry.path)], ["Made \(registry.path)"])
  }
}
