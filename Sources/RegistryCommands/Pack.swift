import ArgumentParser
import Digests
import ModelRegistry
import StrictJSON

struct Pack: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "pack",
    abstract: "Keep what is cold in a smaller form.",
    discussion: """
      Codes tensors against those of the version before where a sample says that it saves \
      something, and gathers the small files of many commits in a few. What the latest version of \
      each model needs stays as it is, and what aliases point at. Every blob is read back before \
      its old form goes; other processes may commit and check out meanwhile.

      EXAMPLE
        registry pack --dry-run
        registry pack
      """)

  @OptionGroup var options: RegistryOptions

  @Flag(help: "Show what it would save, by samples, and change nothing.")
  var dryRun = false

  @Flag(help: "Pack also what the latest versions need, and those with aliases.")
  var all = false

  func run() throws {
    let registry = try options.open()
    let progress = Terminal.progressBar("Packing")
    if dryRun {
      let plan = try registry.planPacking(includingHot: all, progress: progress)
      options.show(plan.json, plan.lines)
    } else if let report = try registry.pack(includingHot: all, progress: progress) {
      options.show(report.json, report.lines)
    } else {
      options.show(["busy": true], ["Another process is packing or collecting: nothing to do."])
    }
  }
}

extension PackPlan {
  fileprivate var json: JSONValue {
    [
      "dry_run": true, "blobs": .integer(blobCount), "old_bytes": .integer(oldByteCount),
      "new_bytes": .integer(newByteCount), "gathered_packs": .integer(gatheredPackCount),
    ]
  }

  fileprivate var lines: [String] {
    var lines = [packed("Would code", blobCount, oldByteCount, "about ", newByteCount)]
    if gatheredPackCount > 0 {
      lines.append("Would gather \(formatted(count: gatheredPackCount)) small packs")
    }
    return lines
  }
}

extension PackReport {
  fileprivate var json: JSONValue {
    [
      "dry_run": false, "blobs": .integer(codedCount), "old_bytes": .integer(oldByteCount),
      "new_bytes": .integer(newByteCount), "gathered_packs": .integer(gatheredPackCount),
      "disk_bytes_before": .integer(diskBytesBefore), "disk_bytes": .integer(diskBytesAfter),
      "damaged": .array(damaged.map { .string($0.hex) }),
    ]
  }

  fileprivate var lines: [String] {
    var lines = [packed("Coded", codedCount, oldByteCount, "", newByteCount)]
    if gatheredPackCount > 0 {
      lines.append("Gathered \(formatted(count: gatheredPackCount)) small packs")
    }
    if !damaged.isEmpty {
      lines.append(
        "Found \(damaged.count) damaged, and left them: see registry verify --full")
    }
    return lines + [
      "\(formatted(bytes: diskBytesAfter)) on the disk, where it was"
        + " \(formatted(bytes: diskBytesBefore))"
    ]
  }
}

private func packed(
  _ verb: String, _ count: Int, _ old: UInt64, _ about: String, _ new: UInt64
) -> String {
  guard count > 0 else { return "Nothing to code: no blob would be smaller by a sample of it" }
  return "\(verb) \(formatted(count: count)) blob\(count == 1 ? "" : "s"):"
    + " \(formatted(bytes: old)) to \(about)\(formatted(bytes: new))"
}
