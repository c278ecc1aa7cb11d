import Files
import Foundation
import StrictJSON
import Tensors
import Testing

@testable import TensorFlowFormat

/// What TensorFlow wrote is read as TensorFlow reads it, and what reaches out of it is found.
@Suite struct SavedModelTests {
  private func model(_ name: String, metadata: String? = nil) throws -> SavedModel {
    let file = try Fixture.file(name)
    let metadata = try metadata.map { try Fixture.file($0) }
    return try SavedModel(
      file.slice, name.hasSuffix("txt") ? .text : .binary, fileIndex: 3,
      kerasMetadata: metadata?.slice)
  }

  @Test(arguments: Fixture.models)
  func programsAreThoseThatTensorFlowReads(_ name: String) throws {
    let model = try model("\(name).pb")
    let expected = try #require(Fixture.expected["models"]?[name])
    #expect(model.tensorFlowVersion == expected["version"]?.string)
    #expect(model.tensorFlowGitVersion == expected["git"]?.string)
    #expect(model.producer == expected["producer"]?.integer)
    #expect(model.assetFiles == expected["assets"]?.array?.compactMap(\.string))
    let graphs = try #require(expected["graphs"]?.array)
    #expect(model.graphs.count == graphs.count)
    for (graph, expected) in zip(model.graphs, graphs) {
      #expect(graph.file == 3)
      #expect(graph.tags == expected["tags"]?.array?.compactMap(\.string))
      let signatures = try #require(expected["signatures"]?.object)
      #expect(graph.signatures.map(\.name) == signatures.keys.sorted())
      for signature in graph.signatures {
        #expect(signature.json == signatures[signature.name])
      }
      // Ours counts as well what is in graphs that are written in constants.
      for (operation, count) in try #require(expected["operations"]?.object) {
        let found = graph.operations[operation] ?? 0
        #expect(count.integer.map { found >= $0 } == true, "\(operation)")
        if expectedFindings(name).isEmpty { #expect(found == count.integer) }
      }
    }
  }

  @Test(arguments: Fixture.models)
  func objectsAreThoseThatTensorFlowReads(_ name: String) throws {
    let model = try model("\(name).pb")
    let expected = try #require(Fixture.expected["models"]?[name])
    let children = try #require(expected["children"]?.array)
    #expect(model.isObjectBased == !children.isEmpty)
    let nodes = model.objectGraph?.nodes ?? []
    #expect(
      nodes.map { node in
        JSONValue.array(node.children.map { .array([.string($0.name), .integer($0.node)]) })
      } == children)
    #expect(
      model.variables.map {
        JSONValue.array([.integer($0.node), .string($0.name), .bool($0.trainable)])
      } == expected["variables"]?.array)
  }

  @Test(arguments: Fixture.models)
  func whatReachesOutIsFound(_ name: String) throws {
    let found = try model("\(name).pb").findings
    let expected = expectedFindings(name)
    #expect(found.count == expected.count, "\(found)")
    for (finding, expected) in zip(found, expected) {
      #expect(finding.kind.rawValue == expected[0])
      #expect(matches(finding.location, expected[1]), "\(finding.location)")
      #expect(matches(finding.detail, expected[2]), "\(finding.detail)")
    }
  }

  private func expectedFindings(_ name: String) -> [[String]] {
    (Fixture.expected["models"]?[name]?["findings"]?.array ?? [])
      .compactMap { $0.array?.compactMap(\.string) }
  }

  /// `*` in the pattern stands for anything.
  private func matches(_ text: String, _ pattern: String) -> Bool {
    // Paths of files have one in them too.
    if text == pattern { return true }
    var rest = text[...]
    let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
    for (index, piece) in pieces.enumerated() where !piece.isEmpty {
      guard let place = rest.firstRange(of: piece) else { return false }
      if index == 0, place.lowerBound != text.startIndex { return false }
      rest = rest[place.upperBound...]
    }
    return rest.isEmpty || pattern.hasSuffix("*")
  }

  @Test func theTextSaysTheSame() throws {
    #expect(try model("simple.pbtxt") == model("simple.pb"))
  }

  @Test func kerasNodesAreReadFromTheirFileAndFromTheProgram() throws {
    let expected = try #require(Fixture.expected["models"]?["keras"]?["keras"]?.array)
    let within = try model("keras_within.pb").kerasNodes
    let beside = try model("keras.pb", metadata: "keras_metadata.pb").kerasNodes
    for nodes in [within, beside] {
      #expect(
        nodes.map {
          JSONValue.array([
            .integer($0.node), .string($0.path), .string($0.identifier), .string($0.metadata),
          ])
        } == expected)
    }
    #expect(try model("keras.pb").kerasNodes.isEmpty)
  }

  @Test func findingsBeyondAHundredAreCounted() throws {
    var log = FindingLog(limit: 100)
    for number in 0..<250 { log.note(.unsafeOperation, at: "\(number)", "ReadFile") }
    #expect(log.findings.count == 101)
    #expect(log.findings.last?.detail == "150 more of this kind")
  }
}

extension Signature {
  fileprivate var json: JSONValue {
    [
      "method": .string(method), "inputs": .array(inputs.map(\.json)),
      "outputs": .array(outputs.map(\.json)),
    ]
  }
}

extension Signature.Endpoint {
  fileprivate var json: JSONValue {
    let shape: JSONValue = shape.map { .array($0.map { .integer($0 ?? -1) }) } ?? .null
    return ["name": .string(name), "dtype": .string(dtype), "shape": shape]
  }
}
