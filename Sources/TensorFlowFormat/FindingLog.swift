import Tensors

/// Findings, as many of each kind as somebody would read; of the rest only the number is kept.
struct FindingLog {
  private let limit: Int
  private var listed: [Finding] = []
  private var counts: [Finding.Kind: Int] = [:]

  init(limit: Int) { self.limit = limit }

  mutating func note(_ kind: Finding.Kind, at location: String, _ detail: String) {
    counts[kind, default: 0] += 1
    if counts[kind, default: 0] <= limit {
      listed.append(Finding(kind: kind, location: location, detail: detail))
    }
  }

  var findings: [Finding] {
    let rest = counts.filter { $0.value > limit }.sorted { $0.key.rawValue < $1.key.rawValue }
    return listed
      + rest.map { kind, count in
        Finding(kind: kind, location: "", detail: "\(count - limit) more of this kind")
      }
  }
}
