import ArgumentParser
import Catalog
import Digests
import ModelRegistry
import StrictJSON

struct Log: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Show versions, newest first, with what changed.",
    discussion: """
      EXAMPLE
        registry log mnist --limit 5
        registry log --format dot | dot -Tsvg > lineage.svg
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, dot
  }

  @OptionGroup var options: RegistryOptions

  @Argument(help: "The model. Without it: all, as one graph.")
  var model: String?

  @Option(help: "At most so many versions. Without it: 20, or with --all as many as there are.")
  var limit: Limit?

  @Flag(help: "All versions.")
  var all = false

  @Option(help: "text, json or dot.")
  var format: Format = .text

  func run() throws {
    let registry = try options.open()
    // One more than asked for tells whether there are older ones, and counting all is slow.
    let most = limit?.count ?? (all ? nil : 20)
    let found = try registry.log(model: model, limit: most.map { $0 + 1 })
    let entries = Array(found.prefix(most ?? found.count))
    switch options.json ? .json : format {
    case .json: print(JSONValue.object(["versions": .array(entries.map(\.json))]).prettyText)
    case .dot: print(LineageGraph(entries).dot)
    case .text:
      LineageGraph(entries).lines.forEach { print($0) }
      if entries.isEmpty { print("Nothing was committed yet.") }
      if found.count > entries.count { print("… and older ones: see --limit and --all") }
    }
  }
}

extension LogEntry {
  var json: JSONValue {
    [
      "model": .string(version.model), "version": .integer(version.number),
      "id": .string(version.id.hex), "weights_id": .string(version.weightsID.hex),
      "created": .string(isoTime(version.created)),
      "message": version.message.map { .string($0) } ?? .null, "format": .string(version.format),
      "source": .string(version.sourceName),
      "aliases": .array(aliases.map { .string($0) }),
      "tags": .object(tags.mapValues { .string($0) }),
      "metrics": .object(metrics.mapValues(metricJSON)),
      "optimizer": version.optimizer.map { .string($0) } ?? .null,
      "step": version.step.map { .integer($0) } ?? .null,
      "tensors": .integer(version.tensorCount), "new_tensors": .integer(version.newTensorCount),
      "changed_tensors": version.changedCount.map { .integer($0) } ?? .null,
      "tensor_bytes": .integer(version.tensorBytes), "new_bytes": .integer(version.newBytes),
      "findings": .integer(version.findingCount),
      "parents": .array(
        parents.map {
          [
            "id": .string($0.edge.version.hex), "relation": .string($0.edge.relation.rawValue),
            "label": $0.version.map { .string($0.label) } ?? .null,
          ]
        }),
    ]
  }

  /// The first line: name, id, time, aliases.
  var title: String {
    let names = aliases.isEmpty ? "" : "  (" + aliases.joined(separator: ", ") + ")"
    return Terminal.styled(version.label, .bold) + "  "
      + Terminal.styled(String(version.id.hex.prefix(12)), .yellow) + "  "
      + formatted(time: version.created) + Terminal.styled(names, .green)
  }

  /// The lines below it.
  var details: [String] {
    let message = version.message?.split(separator: "\n").map { printable(String($0)) } ?? []
    return message
      + [metricLine, producerLine, changeLine, findingLine, parentLine].compactMap { $0 }
  }

  /// `val_loss 0.21 (-0.04)`, for each metric.
  var metricLine: String? {
    let parts = metrics.sorted { $0.key < $1.key }.map { name, value in
      "\(printable(name)) \(printable(value))\(change(of: name, value))"
    }
    return parts.isEmpty ? nil : parts.joined(separator: "  ")
  }

  private func change(of name: String, _ value: String) -> String {
    guard let before = parentMetrics[name].flatMap(Double.init), let now = Double(value),
      (now - before).isFinite, now != before
    else { return "" }
    let digits = min(
      6, max(fractionDigits(value), fractionDigits(parentMetrics[name] ?? ""), 1))
    return " (\(now > before ? "+" : "")\(rounded(now - before, digits: digits)))"
  }

  private func fractionDigits(_ number: String) -> Int {
    guard let point = number.firstIndex(of: ".") else { return 0 }
    return number[point...].dropFirst().prefix { $0.isNumber }.count
  }

  private var producerLine: String? {
    var parts: [String] = []
    if let keras = tags["keras"] { parts.append("Keras \(printable(keras))") }
    if let tensorFlow = tags["tensorflow"] {
      let source = tags["tensorflow.source"].map { " (\(printable($0)))" } ?? ""
      parts.append("TensorFlow \(printable(tensorFlow))\(source)")
    }
    if let optimizer = version.optimizer {
      let step = version.step.map { " at step \($0)" } ?? ""
      parts.append("\(printable(optimizer))\(step)")
    }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  private var changeLine: String {
    let added = "\(formatted(bytes: version.newBytes)) added"
    guard let changed = version.changedCount else {
      return "\(version.tensorCount) tensors, \(added)"
    }
    return "\(changed) of \(version.tensorCount) tensors changed, \(added)"
  }

  private var findingLine: String? {
    switch version.findingCount {
    case 0: nil
    case 1: "1 finding: see show"
    default: "\(version.findingCount) findings: see show"
    }
  }

  /// Said only where the line above does not already tell.
  private var parentLine: String? {
    let plain = parents.allSatisfy { parent in
      parent.edge.relation == .continued && parent.version?.model == version.model
    }
    guard !parents.isEmpty, !plain else { return nil }
    return parents.map { parent in
      let name = parent.version?.label ?? String(parent.edge.version.hex.prefix(12)) + " (gone)"
      return "\(parent.edge.relation.rawValue) from \(name)"
    }.joined(separator: ", ")
  }
}

/// A metric as JSON: a number where JSON has it (`NaN` it has not), else its text.
func metricJSON(_ value: String) -> JSONValue {
  let parsed = try? JSONValue(parsing: value)  // What is no JSON is text.
  return parsed?.double?.isFinite == true ? .number(value) : .string(value)
}
