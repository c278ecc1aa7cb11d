import ArgumentParser
import Catalog
import Digests
import KerasFormat
import ModelRegistry
import StrictJSON
import Tensors

struct Show: RegistrySubcommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show everything known of a version.",
    discussion: """
      EXAMPLE
        registry show mnist@champion
        registry show latest --json
      """)

  @OptionGroup var options: RegistryOptions
  @Argument(help: "The version.") var ref: ReferenceArgument = ReferenceArgument(text: "latest")

  func run() throws {
    let details = try options.open().show(ref.parsed())
    options.show(details.json, details.sections.joined(separator: [""]).map { $0 })
  }
}

extension ReferenceArgument {
  fileprivate init(text: String) { self.text = text }
}

extension VersionDetails {
  fileprivate var json: JSONValue {
    guard case .object(var members) = entry.json else { return .null }
    members["findings"] = .array(manifest.findings.map(\.json))
    members["variables"] = .array(
      variables.map { slot, blob in
        guard case .object(var variable) = slot.json else { return .null }
        variable["sha256"] = .string(blob.digest.hex)
        variable["slot"] = variable["slot"] ?? .null
        return .object(variable)
      })
    members["architecture"] = architecture.map(architectureJSON) ?? .null
    members["training"] = training.map { json(of: $0) } ?? .null
    members["graphs"] = graphs ?? .array([])
    members["children"] = .array(children.map { .string($0.label) })
    members["exports"] = .array(
      exports.map { export in
        [
          "name": .string(export.name), "sha256": .string(export.digest.hex),
          "exported": .string(isoTime(export.exported)),
        ]
      })
    members["files"] = .array(
      manifest.files.map {
        ["name": .string($0.name), "bytes": .integer($0.byteCount)]
      })
    members["own_bytes"] = .integer(ownBytes)
    members["shared_bytes"] = .integer(sharedBytes)
    return .object(members)
  }

  /// A configuration as JSON in JSON; as text where it is none.
  private func json(of config: String) -> JSONValue {
    let parsed = try? JSONValue(parsing: config)  // Kept as text when it is no JSON.
    return parsed ?? .string(config)
  }

  private func architectureJSON(_ config: String) -> JSONValue {
    [
      "dialect": .string(manifest.architecture?.dialect ?? ""),
      "origin": .string(manifest.architecture?.origin.rawValue ?? ""), "config": json(of: config),
    ]
  }

  fileprivate var sections: [[String]] {
    ([summary, layerSection, variableSection, optimizerSection] + graphSections + [findingSection])
      .filter { !$0.isEmpty }
  }

  private var summary: [String] {
    var table = TextTable()
    func add(_ name: String, _ value: String?) {
      if let value, !value.isEmpty { table.add(name, value) }
    }
    add("id", entry.version.id.hex)
    add("weights id", entry.version.weightsID.hex)
    add("committed", isoTime(entry.version.created))
    for line in entry.version.message?.split(separator: "\n") ?? [] {
      add("message", printable(String(line)))
    }
    add("format", ModelFormat(rawValue: entry.version.format)?.phrase ?? entry.version.format)
    for file in manifest.files.prefix(8) {
      add("file", "\(printable(file.name)), \(formatted(bytes: file.byteCount))")
    }
    if manifest.files.count > 8 { add("files", "\(manifest.files.count) in all") }
    add("aliases", entry.aliases.joined(separator: ", "))
    add("metrics", entry.metricLine)
    add("tags", pairs(entry.tags))
    add("parents", entry.parents.map(\.line).joined(separator: ", "))
    add("children", children.map(\.label).joined(separator: ", "))
    for export in exports {
      add("exported", "\(export.name), \(export.digest.hex.prefix(16))")
    }
    add("sizes", "\(formatted(bytes: ownBytes)) own, \(formatted(bytes: sharedBytes)) shared")
    return [Terminal.styled(entry.version.label, .bold)] + table.lines(indent: "  ")
  }

  private func pairs(_ pairs: [String: String]) -> String {
    pairs.sorted { $0.key < $1.key }.map { "\(printable($0.key))=\(printable($0.value))" }
      .joined(separator: ", ")
  }

  private var layerSection: [String] {
    guard let architecture else { return ["Architecture: none is known"] }
    let rows: [LayerRow]
    do {
      rows = try LayerTable(config: architecture).rows
    } catch {
      return ["Architecture: its configuration could not be read"]
    }
    var table = TextTable(right: [3])
    table.add("layer", "class", "output", "parameters")
    for row in rows {
      let weights = variables.filter { variable in
        guard let prefix = row.variablePrefix else { return false }
        return variable.slot.role == .weight && variable.slot.path.hasPrefix(prefix)
      }
      let count = weights.reduce(0) { $0 + ($1.slot.shape.elementCount ?? 0) }
      let frozen = row.trainable ? "" : "  frozen"
      table.add(
        printable(row.name), printable(row.className), row.outputShape ?? "",
        formatted(count: count) + frozen)
    }
    let dialect = manifest.architecture?.dialect ?? ""
    let origin = manifest.architecture?.origin == .parent ? ", taken from its parent" : ""
    return ["Architecture (\(dialect)\(origin))"] + table.lines(indent: "  ")
  }

  private var variableSection: [String] {
    var table = TextTable()
    table.add("variable", "role", "dtype", "shape", "sha256")
    for (slot, blob) in variables {
      table.add(
        printable(slot.path), slot.role.rawValue, slot.dtype.rawValue, slot.shape.description,
        String(blob.digest.hex.prefix(16)))
    }
    let weights = variables.filter { $0.slot.role == .weight }
      .reduce(0) { $0 + ($1.slot.shape.elementCount ?? 0) }
    return ["Variables: \(variables.count), \(formatted(count: weights)) parameters"]
      + table.lines(indent: "  ")
  }

  private var optimizerSection: [String] {
    guard let name = manifest.training?.optimizer else { return [] }
    var table = TextTable()
    if let step = manifest.training?.step { table.add("step", String(step)) }
    let parsed = training.flatMap { try? JSONValue(parsing: $0) }  // Shown when it can be read.
    if let parsed {
      for setting in OptimizerSettings(in: parsed)?.settings ?? [] {
        table.add(printable(setting.key), printable(setting.value))
      }
      let summary = TrainingSummary(in: parsed)
      if let loss = summary.loss { table.add("loss", printable(loss)) }
      if !summary.metrics.isEmpty {
        table.add("metrics", summary.metrics.map(printable).joined(separator: ", "))
      }
    }
    let slots = Set(variables.compactMap(\.slot.optimizerSlot?.name)).sorted()
    if !slots.isEmpty { table.add("slots", slots.map(printable).joined(separator: ", ")) }
    return ["Optimizer: \(printable(name))"] + table.lines(indent: "  ")
  }

  private var graphSections: [[String]] {
    (graphs?.array ?? []).map { graph in
      let tags = (graph["tags"]?.array ?? []).compactMap(\.string).map(printable)
      var table = TextTable()
      table.add("signature", "inputs", "outputs")
      for signature in graph["signatures"]?.array ?? [] {
        table.add(
          printable(signature["name"]?.string ?? ""), endpoints(signature["inputs"]),
          endpoints(signature["outputs"]))
      }
      let counts = (graph["operations"]?.object ?? [:])
        .sorted { ($1.value.integer ?? 0, $0.key) < ($0.value.integer ?? 0, $1.key) }
      let most = counts.prefix(8).map { "\(printable($0.key)) \($0.value.integer ?? 0)" }
      let rest = counts.count > 8 ? ", and \(counts.count - 8) kinds more" : ""
      return ["Graph (\(tags.joined(separator: ", ")))"] + table.lines(indent: "  ")
        + ["  operations: \(most.joined(separator: ", "))\(rest)"]
    }
  }

  /// `x float32 (None, 10)`, one after another.
  private func endpoints(_ list: JSONValue?) -> String {
    (list?.array ?? []).map { endpoint in
      let shape = endpoint["shape"]?.array.map { dimensions in
        let words = dimensions.map { $0.integer.map(String.init) ?? "None" }
        return " (\(words.joined(separator: ", "))\(words.count == 1 ? "," : ""))"
      }
      let name = printable(endpoint["name"]?.string ?? "")
      return "\(name) \(printable(endpoint["dtype"]?.string ?? ""))\(shape ?? "")"
    }.joined(separator: "; ")
  }

  private var findingSection: [String] {
    manifest.findings.isEmpty ? [] : ["Findings"] + manifest.findings.map { "  \($0.line)" }
  }
}

extension LogEntry.Parent {
  fileprivate var line: String {
    let name = version?.label ?? String(edge.version.hex.prefix(12)) + " (gone)"
    return "\(name) (\(edge.relation.rawValue))"
  }
}
