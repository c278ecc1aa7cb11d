import ArgumentParser
import ModelRegistry
import StrictJSON

struct Config: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Show what the registry is set to, or set it.",
    discussion: """
      EXAMPLE
        registry config
        registry config --codec best
      """)

  @OptionGroup var options: RegistryOptions

  @Option(help: "How commits keep what is new: as it is, coded where it pays, or smallest.")
  var codec: Codec?

  func run() throws {
    let registry = try options.open()
    var settings = try registry.settings()
    if let codec {
      settings.codec = codec
      try registry.set(settings)
    }
    options.show(
      ["codec": .string(settings.codec.rawValue)], ["codec  \(settings.codec.rawValue)"])
  }
}
