import ArgumentParser
import Catalog
import ModelRegistry
import StrictJSON

struct Models: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "List the models.",
    discussion: """
      EXAMPLE
        registry models
      """)

  @OptionGroup var options: RegistryOptions

  func run() throws {
    let registry = try options.open()
    let models = try registry.models()
    let aliases = try registry.aliases(model: nil)
    var table = TextTable(right: [1])
    for model in models {
      let names = aliases.filter { $0.model == model.name }.map { "\($0.name) -> v\($0.number)" }
      table.add(
        Terminal.styled(model.name, .bold),
        "\(model.versionCount) version\(model.versionCount == 1 ? "" : "s")",
        formatted(time: model.used), names.joined(separator: ", "))
    }
    let json = models.map { model -> JSONValue in
      [
        "model": .string(model.name), "versions": .integer(model.versionCount),
        "latest": model.latest.map { .integer($0) } ?? .null, "used": .string(isoTime(model.used)),
        "aliases": .object(
          Dictionary(
            aliases.filter { $0.model == model.name }.map { ($0.name, .integer($0.number)) }
          ) { $1 }),
      ]
    }
    options.show(["models": .array(json)], table.lines())
  }
}

struct Tag: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "tag",
    abstract: "Set tags of a version.",
    discussion: """
      EXAMPLE
        registry tag v3 dataset=cifar10 owner=ana
      """)

  @OptionGroup var options: RegistryOptions
  @Argument(help: "The version.") var ref: ReferenceArgument
  @Argument(help: ArgumentHelp("The tags.", valueName: "key=value")) var tags: [KeyValue]

  func run() throws {
    let version = try options.open().setTags(tags.dictionary, of: ref.parsed())
    let changes = tags.map { "\(printable($0.key))=\(printable($0.value))" }
    options.show(
      [
        "model": .string(version.model), "version": .integer(version.number),
        "tags": .object(tags.dictionary.mapValues { .string($0) }),
      ], ["\(version.label): \(changes.joined(separator: ", "))"])
  }
}

struct Untag: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "untag",
    abstract: "Take tags of a version away.",
    discussion: """
      EXAMPLE
        registry untag v3 owner
      """)

  @OptionGroup var options: RegistryOptions
  @Argument(help: "The version.") var ref: ReferenceArgument
  @Argument(help: ArgumentHelp("The tags.", valueName: "key")) var keys: [String]

  func run() throws {
    let version = try options.open().removeTags(keys, of: ref.parsed())
    options.show(
      [
        "model": .string(version.model), "version": .integer(version.number),
        "removed": .array(keys.map { .string($0) }),
      ], ["\(version.label): without \(keys.map(printable).joined(separator: ", "))"])
  }
}

struct Metric: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "metric",
    abstract: "Set metrics of a version.",
    discussion: """
      EXAMPLE
        registry metric v3 test_accuracy=0.981
      """)

  @OptionGroup var options: RegistryOptions
  @Argument(help: "The version.") var ref: ReferenceArgument
  @Argument(help: ArgumentHelp("The metrics.", valueName: "name=value")) var metrics: [KeyValue]

  func run() throws {
    let version = try options.open().setMetrics(metrics.dictionary, of: ref.parsed())
    let changes = metrics.map { "\(printable($0.key))=\(printable($0.value))" }
    options.show(
      [
        "model": .string(version.model), "version": .integer(version.number),
        "metrics": .object(metrics.dictionary.mapValues(metricJSON)),
      ], ["\(version.label): \(changes.joined(separator: ", "))"])
  }
}

struct Alias: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "alias",
    abstract: "List aliases, move one, or take one away.",
    discussion: """
      An alias is a name that moves; every move is recorded.

      EXAMPLE
        registry alias champion v3
        registry alias --history
      """)

  @OptionGroup var options: RegistryOptions
  @Argument(help: "The alias.") var name: String?
  @Argument(help: "The version to point it at.") var ref: ReferenceArgument?
  @Option(help: "The model, to list, to delete, or for the history.") var model: String?
  @Flag(help: "Show every move.") var history = false
  @Flag(help: "Take the alias away.") var delete = false

  func validate() throws {
    if delete, name == nil { throw ValidationError("--delete needs an alias.") }
    if name != nil, ref == nil, !delete { throw ValidationError("Which version? alias NAME REF") }
    if ref != nil, delete || history {
      throw ValidationError("A version does not go with --delete or --history.")
    }
  }

  func run() throws {
    let registry = try options.open()
    if history {
      try showHistory(registry)
    } else if delete, let name {
      try registry.removeAlias(name, of: model)
      options.show(["alias": .string(name), "deleted": true], ["\(name) is gone"])
    } else if let name, let ref {
      let (version, before) = try registry.setAlias(name, to: ref.parsed(), in: model)
      let from = before.map { " (was v\($0))" } ?? ""
      options.show(
        [
          "alias": .string(name), "model": .string(version.model),
          "version": .integer(version.number), "before": before.map { .integer($0) } ?? .null,
        ], ["\(name) -> \(version.label)\(from)"])
    } else {
      let aliases = try registry.aliases(model: model)
      options.show(
        [
          "aliases": .array(
            aliases.map {
              [
                "model": .string($0.model), "alias": .string($0.name),
                "version": .integer($0.number),
              ]
            })
        ], aliases.map { "\($0.model)@\($0.name) -> v\($0.number)" })
    }
  }

  private func showHistory(_ registry: Registry) throws {
    let moves = try registry.aliasMoves(model: model)
    func spelled(_ number: Int?) -> String { number.map { "v\($0)" } ?? "none" }
    options.show(
      [
        "moves": .array(
          moves.map {
            [
              "alias": .string($0.name), "moved": .string(isoTime($0.moved)),
              "from": $0.from.map { .integer($0) } ?? .null,
              "to": $0.to.map { .integer($0) } ?? .null,
            ]
          })
      ],
      moves.map {
        "\(formatted(time: $0.moved))  \($0.name): \(spelled($0.from)) -> \(spelled($0.to))"
      })
  }
}
