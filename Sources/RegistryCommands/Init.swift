import ArgumentParser
import Files
import ModelRegistry
import StrictJSON

struct Init: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a registry.",
    discussion: """
      EXAMPLE
        registry init ~/models
      """)

  @OptionGroup var options: RegistryOptions

  @Argument(
    help:
      "The folder to hold it, as DIR/.registry. Without it: that of --registry, else this folder."
  )
  var dir: String?

  func run() throws {
    let registry = try Registry.create(in: dir ?? options.named ?? ".")
    let path = try Folder.resolve(registry.path)
    options.show(["registry": .string(path)], ["Made \(printable(path))"])
  }
}
