import Digests
import Testing

@testable import Catalog
@testable import ModelRegistry
@testable import RegistryCommands

/// The log as a graph, held against drawings made by hand.
@Suite struct LineageGraphTests {
  /// Versions in the order of the log: number, then the numbers of its parents.
  private func graph(_ versions: [(Int, [Int])]) -> [String] {
    let entries = versions.map { number, parents in
      LogEntry(
        version: record(number),
        parents: parents.map {
          .init(edge: ParentEdge(version: id($0), relation: .continued), version: record($0))
        }, aliases: [], tags: [:], metrics: [:], parentMetrics: [:])
    }
    // Only the lanes and the names: details stand behind three spaces.
    return LineageGraph(entries).lines.filter { !$0.contains("   ") }.map { line in
      String(line.prefix { $0 != "@" })
    }
  }

  private func id(_ number: Int) -> Digest { Digest(of: [UInt8(number)]) }

  private func record(_ number: Int) -> VersionRecord {
    VersionRecord(
      rowID: VersionRowID(value: Int64(number)), model: "\(number)", number: 1, id: id(number),
      weightsID: id(0), created: 0,
      message: nil, format: "h5", sourceName: "", sourceBytes: 0, optimizer: nil, step: nil,
      tensorCount: 0, tensorBytes: 0, newTensorCount: 0, newBytes: 0, changedCount: nil,
      findingCount: 0, removed: nil)
  }

  @Test func aLineOfDescentIsALine() {
    #expect(graph([(3, [2]), (2, [1]), (1, [])]) == ["* 3", "|", "* 2", "|", "* 1"])
  }

  @Test func aBranchHasALaneUntilItsParent() {
    #expect(
      graph([(3, [1]), (2, [1]), (1, [])]) == [
        "* 3", "|", "| * 2", "| |", "| /", "* 1",
      ])
  }

  @Test func aMergeOpensALaneForItsSecondParent() {
    #expect(
      graph([(4, [2, 3]), (3, [1]), (2, [1]), (1, [])]) == [
        "* 4", "| \\", "| |", "| * 3", "| |", "* | 2", "| |", "| /", "* 1",
      ])
  }

  @Test func modelsThatHaveNothingInCommonStandApart() {
    #expect(graph([(2, []), (1, [])]) == ["* 2", "", "* 1"])
  }
}
