import Catalog
import Foundation
import IsolatedReaders
import ModelRegistry
import Testing

/// The example in the documentation of `Registry` is the one here, and works.
@Suite struct DocumentationTests {
  private let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test func theExampleWorks() throws {
    let bench = try Workbench()
    let folder = bench.folder
    let model = root.appending(path: "Examples/digits/keras3/epoch-1.h5").path
    // Built beside these tests.
    let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appending(path: "registry").path
    // example
    let registry = try Registry.create(in: folder)
    var request = CommitRequest(path: model)
    request.message = "5 epochs"
    request.metrics = ["val_loss": "0.21"]
    let report = try registry.commit(request, reading: IsolatedReader(executable: program))
    let version = try Reference(parsing: report.version.label)
    let back = try registry.checkout(version, to: folder + "/back.h5", replacing: false)
    // end of example
    #expect(
      try Data(contentsOf: URL(filePath: back.path)) == Data(contentsOf: URL(filePath: model)))
  }

  @Test func theExampleIsTheOneInTheDocumentation() throws {
    let here = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
    let there = try String(
      contentsOf: root.appending(path: "Sources/ModelRegistry/Registry.swift"), encoding: .utf8)
    let shown = lines(of: there, from: "/// ```swift", to: "/// ```").map { $0.dropFirst(4) }
    let run = lines(of: here, from: "    // example", to: "    // end of example")
      .map { $0.dropFirst(4) }
    #expect(!shown.isEmpty)
    #expect(shown == run)
  }

  private func lines(of text: String, from start: String, to end: String) -> [Substring] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return Array(
      lines.drop { $0 != start }.dropFirst().prefix { $0 != end })
  }
}
