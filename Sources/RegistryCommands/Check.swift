import ArgumentParser
import Catalog
import ModelRegistry
import StrictJSON
import Tensors

struct Check: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Tell what a checkout in another format would do, without writing anything.",
    discussion: """
      Lists layer by layer and field by field what would be said otherwise (translated), left out \
      without harm (lost), and what the format or that Keras has no words for (impossible). Leaves \
      with status 65 when something is impossible.

      EXAMPLE
        registry check v3 --as keras
        registry check latest --as h5 --keras 2
        registry check v3 --as savedmodel
      """)

  @OptionGroup var options: RegistryOptions

  @Argument(help: "The version.")
  var ref: ReferenceArgument

  @OptionGroup var export: ExportOptions

  func validate() throws { try export.check(for: export.format) }

  func run() throws {
    let registry = try options.open()
    let reference = try ref.parsed()
    let committed = try registry.entry(reference).version
    guard let request = try export.request(for: export.format, of: committed) else {
      let nothing = ExpectedExport(generation: nil, notes: [])
      return options.show(
        json(committed, nothing), ["\(committed.label) comes back as it was committed."])
    }
    let order = try export.order(reference, request)
    let (version, expected) = try registry.expected(of: order, with: ExportOptions.writer)
    options.show(json(version, expected), lines(version, expected))
    if !expected.isPossible { throw ExitCode(ExitStatus.sourceRefused.rawValue) }
  }

  private func json(_ version: VersionRecord, _ expected: ExpectedExport) -> JSONValue {
    [
      "model": .string(version.model), "version": .integer(version.number),
      "format": .string(export.format.rawValue),
      "keras": expected.generation.map { .integer($0.number) } ?? .null,
      "possible": .bool(expected.isPossible), "notes": .array(expected.notes.map(\.json)),
    ]
  }

  private func lines(_ version: VersionRecord, _ expected: ExpectedExport) -> [String] {
    let counts = ConversionNote.Kind.allCases.compactMap { kind in
      let count = expected.notes.count { $0.kind == kind }
      return count == 0 ? nil : "\(count) \(kind.rawValue)"
    }
    let summary =
      "\(Terminal.styled(version.label, .bold)) as \(export.format.rawValue)"
      + (expected.generation.map { " for Keras \($0.number)" } ?? "")
      + (expected.isPossible ? " would work" : " would not work")
      + (counts.isEmpty ? ", nothing to translate" : ": " + counts.joined(separator: ", "))
    var table = TextTable()
    for note in expected.notes {
      let place = printable(note.location) + (note.field.map { "." + printable($0) } ?? "")
      table.add(note.kind.rawValue, place, printable(note.detail))
    }
    return [summary] + table.lines(indent: "  ")
  }
}
