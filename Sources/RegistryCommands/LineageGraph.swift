import Catalog
import Digests
import ModelRegistry

/// Versions as a graph: drawn in lanes beside the text, or for Graphviz.
struct LineageGraph {
  private let entries: [LogEntry]

  /// - Parameter entries: newest first, children before their parents.
  init(_ entries: [LogEntry]) { self.entries = entries }

  /// The log: a star a version in the lane of its line of descent.
  var lines: [String] {
    var lanes: [Digest] = []
    var lines: [String] = []
    let shown = Set(entries.map(\.version.id))
    for (index, entry) in entries.enumerated() {
      let id = entry.version.id
      let own = lanes.firstIndex(of: id) ?? lanes.endIndex
      if own == lanes.endIndex { lanes.append(id) }
      // Lanes of other children come in here.
      let joining = lanes.indices.filter { $0 != own && lanes[$0] == id }
      if !joining.isEmpty {
        lines.append(drawing(lanes.count) { joining.contains($0) ? "/" : "|" })
        for lane in joining.reversed() { lanes.remove(at: lane) }
      }
      lines.append(drawing(lanes.count) { $0 == own ? "*" : "|" } + " " + entry.title)
      let parents = entry.parents.map(\.edge.version).filter(shown.contains)
      lanes.replaceSubrange(own...own, with: parents.prefix(1))
      let merged = parents.dropFirst().filter { !lanes.contains($0) }
      lanes += merged
      if !merged.isEmpty {
        lines.append(drawing(lanes.count) { $0 < lanes.count - merged.count ? "|" : "\\" })
      }
      let margin = drawing(max(1, lanes.count)) { $0 < lanes.count ? "|" : " " }
      for line in entry.details { lines.append(margin + "   " + Terminal.styled(line, .dim)) }
      if index + 1 < entries.count { lines.append(drawing(lanes.count) { _ in "|" }) }
    }
    return lines
  }

  private func drawing(_ count: Int, _ symbol: (Int) -> String) -> String {
    (0..<count).map(symbol).joined(separator: " ")
  }

  /// The graph in Graphviz' language.
  var dot: String {
    var lines = ["digraph lineage {", "  rankdir=BT;", "  node [shape=box];"]
    for entry in entries {
      let label =
        ([entry.version.label] + entry.aliases.map { "(\($0))" }
        + [entry.version.message, entry.metricLine].compactMap { $0 }).joined(separator: "\n")
      lines.append("  \(node(entry.version.id)) [label=\(quotedForDot(label))];")
      for parent in entry.parents {
        let relation = parent.edge.relation
        let style = relation == .continued ? "" : " [label=\(quotedForDot(relation.rawValue))]"
        lines.append("  \(node(entry.version.id)) -> \(node(parent.edge.version))\(style);")
      }
    }
    return (lines + ["}"]).joined(separator: "\n")
  }

  private func node(_ id: Digest) -> String { "\"\(id.hex.prefix(12))\"" }

  private func quotedForDot(_ text: String) -> String {
    let escaped = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      printable(String(line)).map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    }
    return "\"" + escaped.joined(separator: "\\n") + "\""
  }
}
