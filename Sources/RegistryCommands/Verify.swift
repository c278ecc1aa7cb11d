import ArgumentParser
import Digests
import ModelRegistry
import StrictJSON

struct Verify: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check the registry, and say which versions damage hits.",
    discussion: """
      Without a flag: the catalog, and the names and lengths of all blobs. Nothing is deleted. \
      Leaves with 0 when all is well, 1 when damage was found, 2 when it could not check. A \
      damaged blob is mended by the next commit of a file that has it, but for the manifest of a \
      version, which no commit makes again.

      EXAMPLE
        registry verify --full
      """)

  @OptionGroup var options: RegistryOptions

  @Flag(help: "Read every blob and compare its SHA-256 with its name.")
  var full = false

  @Flag(
    help:
      "With --full: leave out what was read in the last seven days, to go on after a break."
  )
  var resume = false

  @Option(
    help: ArgumentHelp(
      "Read that many per cent of the blobs, those read longest ago first.", valueName: "percent"))
  var subset: Percentage?

  func validate() throws {
    if full, subset != nil { throw ValidationError("--full and --subset do not go together.") }
    if resume, !full { throw ValidationError("--resume goes with --full.") }
  }

  func run() throws {
    let report: VerifyReport
    do {
      report = try options.open().verify(scope, progress: Terminal.progressBar("Checking"))
    } catch {
      let failure = Failure(error, subject: nil)
      throw Failed(
        "Could not check. " + failure.message, hint: failure.hint,
        failure.status == .noRegistry ? .noRegistry : .couldNotCheck)
    }
    options.show(report.json, report.lines)
    if !report.isClean { throw ExitCode(ExitStatus.damageFound.rawValue) }
  }

  private var scope: VerifyScope {
    if let subset { return .subset(percent: subset.value) }
    if !full { return .quick }
    return resume ? .fullUnlessWithin(7 * GarbagePolicy.day) : .full
  }
}

/// `5`, `5%`, `0.5%`.
struct Percentage: ExpressibleByArgument {
  let value: Double

  init?(argument: String) {
    let number = argument.hasSuffix("%") ? argument.dropLast() : argument[...]
    guard let value = Double(number), (0...100).contains(value) else { return nil }
    self.value = value
  }
}

extension VerifyReport {
  fileprivate var json: JSONValue {
    [
      "clean": .bool(isClean), "blobs": .integer(blobCount), "bytes": .integer(blobBytes),
      "read": .integer(readCount),
      "catalog_problems": .array(catalogProblems.map { .string($0) }),
      "journal_damage": journalDamage.map { .integer($0) } ?? .null,
      "strange_files": .array(strangeFiles.map { .string($0) }),
      "damaged_packs": .array(
        damagedPacks.map { .string(Failure($0, subject: nil).message) }),
      "damage": .array(
        damage.map { damage in
          [
            "blob": .string(damage.blob.hex),
            "problem": .string(Failure(damage.error, subject: nil).message),
            "versions": .array(damage.versions.map { .string($0.label) }),
          ]
        }),
    ]
  }

  fileprivate var lines: [String] {
    var lines = catalogProblems.flatMap { $0.split(separator: "\n") }
      .map { "The catalog is damaged: \(printable(String($0)))" }
    if !catalogProblems.isEmpty { lines.append("  Make it anew with: registry recover") }
    if let journalDamage {
      lines.append(
        "The journal was damaged from line \(journalDamage) on, and was made anew from the catalog."
      )
    }
    for damage in damage {
      lines.append(Failure(damage.error, subject: nil).message)
      let labels = damage.versions.map(\.label).joined(separator: ", ")
      lines.append("  hits \(labels.isEmpty ? "no version" : labels)")
    }
    lines += damagedPacks.flatMap { error in
      [
        Failure(error, subject: nil).message,
        "  its blobs are found by the catalog; write them anew with: registry pack",
      ]
    }
    lines += strangeFiles.map { "not ours, left alone: \(printable($0))" }
    let read = readCount == 0 ? "" : ", \(formatted(count: readCount)) of them read"
    lines.append(
      "\(formatted(count: blobCount)) blobs, \(formatted(bytes: blobBytes))\(read):"
        + (damage.isEmpty ? isClean ? " all is well" : "" : " \(damage.count) damaged"))
    return lines
  }
}
