import ArgumentParser
import Catalog
import ModelRegistry
import StrictJSON
import Tensors

struct Check: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what a checkout in another format would do, without writing anything.",
    discussion: """
      Lists layer by layer and field by field what would be said otherwise (translated), left out \
      without harm (lost), and what the format or that Keras has no words for (impossible). Leaves \
      with status 65 when something is impossible.

      EXAMPLE
        registry check v3 --as keras
        registry check latest --as h5 --keras 2
      """)

  @OptionGroup var options: RegistryOptions

  @Argument(help: "The version.")
  var ref: ReferenceArgument

  @OptionGroup var export: ExportOptions

  func run() throws {
    let registry = try options.open()
    let reference = try ref.parsed()
    guard let request = export.request(stored: nil) else {
      let version = try registry.entry(reference).version
      return options.show(
        json(version, notes: []), ["\(version.label) comes back as it was committed."])
    }
    var order = ExportOrder(reference, request)
    order.optimizerFrom = try export.optimizerFrom?.parsed()
    let (version, notes) = try registry.notes(on: order, with: ExportOptions.writer)
    options.show(json(version, notes: notes), lines(version, notes))
    if notes.contains(where: { $0.kind == .impossible }) {
      throw ExitCode(ExitStatus.sourceRefused.rawValue)
    }
  }

  private func json(_ version: VersionRecord, notes: [ConversionNote]) -> JSONValue {
    [
      "model": .string(version.model), "version": .integer(version.number),
      "format": .string(export.format.rawValue),
      "possible": .bool(!notes.contains { $0.kind == .impossible }),
      "notes": .array(notes.map(\.json)),
    ]
  }

  private func lines(_ version: VersionRecord, _ notes: [ConversionNote]) -> [String] {
    let counts = ConversionNote.Kind.allCases.compactMap { kind in
      let count = notes.count { $0.kind == kind }
      return count == 0 ? nil : "\(count) \(kind.rawValue)"
    }
    let isPossible = !notes.contains { $0.kind == .impossible }
    let verdict = isPossible ? "would work" : "would not work"
    let summary =
      "\(Terminal.styled(version.label, .bold)) as \(export.format.rawValue) \(verdict)"
      + (counts.isEmpty ? ", nothing to translate" : ": " + counts.joined(separator: ", "))
    var table = TextTable()
    for note in notes {
      let place = printable(note.location) + (note.field.map { "." + printable($0) } ?? "")
      table.add(note.kind.rawValue, place, printable(note.detail))
    }
    return [summary] + table.lines(indent: "  ")
  }
}
