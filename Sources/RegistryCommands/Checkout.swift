import ArgumentParser
import Catalog
import Digests
import ModelRegistry
import StrictJSON

struct Checkout: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a version as it was committed, byte for byte.",
    discussion: """
      Every byte is checked on the way. A file or folder appears whole or not at all, and nothing \
      is overwritten without --force.

      EXAMPLE
        registry checkout mnist@v3 -o restored.h5
      """)

  @OptionGroup var options: RegistryOptions

  @Argument(help: "The version.")
  var ref: ReferenceArgument

  @Option(
    name: .customLong("as"), help: "The format: original, or the one that was committed.")
  var format: String = "original"

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "What to write, or a folder to put it in. Without it: its own name, in this folder.",
      valueName: "path"))
  var output: String?

  @Flag(help: "Replace what is there.")
  var force = false

  func run() throws {
    let registry = try options.open()
    let reference = try ref.parsed()
    let stored = try registry.entry(reference).version.format
    guard format == "original" || format == stored || (format == "h5" && stored == "h5-weights")
    else { throw RegistryError.formatUnavailable(requested: format, stored: stored) }
    let report = try registry.checkout(
      reference, to: output, replacing: force, progress: Terminal.progressBar("Writing"))
    options.show(
      [
        "model": .string(report.version.model), "version": .integer(report.version.number),
        "id": .string(report.version.id.hex), "path": .string(report.path),
        "bytes": .integer(report.byteCount), "format": .string(report.version.format),
        "files": .integer(report.fileCount),
      ],
      [
        "\(Terminal.styled(report.version.label, .bold)) -> \(printable(report.path))"
          + "  \(formatted(bytes: report.byteCount))"
          + (report.fileCount == 1 ? "" : " in \(report.fileCount) files")
      ])
  }
}
