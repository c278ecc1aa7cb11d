import ArgumentParser
import Digests
import ModelRegistry
import StrictJSON

struct Collect: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Give the disk back: delete what no version needs.",
    discussion: """
      Other processes may commit meanwhile. What they need stays, whatever the times below are.

      EXAMPLE
        registry gc --dry-run
        registry gc --retention 0 --grace 0
      """)

  @OptionGroup var options: RegistryOptions

  @Flag(help: "Show what would go, and change nothing.")
  var dryRun = false

  @Option(
    help: ArgumentHelp("Keep blobs that are younger: 0, 90s, 30m, 24h, 7d.", valueName: "time"))
  var grace: TimeSpan = TimeSpan(hours: 24)

  @Option(help: ArgumentHelp("Keep versions that were removed less long ago.", valueName: "time"))
  var retention: TimeSpan = TimeSpan(hours: 7 * 24)

  @Flag(help: "Take also what may be left of versions that a recovery could not record.")
  var abandonLost = false

  func run() throws {
    let registry = try options.open()
    let policy = GarbagePolicy(grace: grace.nanoseconds, retention: retention.nanoseconds)
    if dryRun {
      let plan = try registry.planGarbage(policy)
      let rebasing =
        plan.rebasedCount == 0
        ? []
        : ["Would code \(formatted(count: plan.rebasedCount)) others anew, which need some of them"]
      options.show(
        plan.json(dryRun: true), plan.lines("Would forget", "Would delete") + rebasing)
    } else if let report = try registry.collectGarbage(
      policy, abandoningLost: abandonLost)
    {
      options.show(report.json, report.lines)
    } else {
      options.show(["busy": true], ["Another process is collecting: nothing to do."])
    }
  }
}

extension TimeSpan {
  fileprivate init(hours: Int64) { nanoseconds = hours * 3_600_000_000_000 }
}

extension GarbagePlan {
  fileprivate func json(dryRun: Bool, adding more: [String: JSONValue] = [:]) -> JSONValue {
    let members: [String: JSONValue] = [
      "dry_run": .bool(dryRun), "versions": .array(versions.map { .string($0.label) }),
      "blobs": .integer(blobs.count), "bytes": .integer(byteCount),
      "rebased": .integer(rebasedCount),
    ]
    return .object(members.merging(more) { $1 })
  }

  fileprivate func lines(_ forget: String, _ delete: String) -> [String] {
    versions.prefix(10).map { "\(forget) \($0.label)" }
      + (versions.count > 10 ? ["… and \(formatted(count: versions.count - 10)) more"] : []) + [
        "\(delete) \(formatted(count: blobs.count)) blob\(blobs.count == 1 ? "" : "s"),"
          + " \(formatted(bytes: byteCount))"
      ]
  }
}

extension GarbageReport {
  fileprivate var json: JSONValue {
    plan.json(
      dryRun: false,
      adding: [
        "orphans": .integer(orphanCount), "rewritten_packs": .integer(rewrittenPackCount),
        "rebased": .integer(rebasedCount),
        "freed_bytes": .integer(freedBytes),
        "damaged": .array(damaged.map { .string($0.hex) }),
      ])
  }

  fileprivate var lines: [String] {
    var lines = plan.lines("Forgot", "Deleted")
    if orphanCount > 0 {
      lines.append("Deleted \(formatted(count: orphanCount)) left by commits that did not end")
    }
    if rebasedCount > 0 {
      lines.append("Coded \(formatted(count: rebasedCount)) others anew, which needed some of them")
    }
    if !damaged.isEmpty {
      lines.append(
        "Found \(damaged.count) damaged, and left them: see registry verify --full")
    }
    return lines + ["Freed \(formatted(bytes: freedBytes)) on the disk"]
  }
}
