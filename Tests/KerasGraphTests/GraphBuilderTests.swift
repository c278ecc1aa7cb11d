import Foundation
import StrictJSON
import TensorFlowGraph
import Testing

@testable import KerasGraph

/// What `make_numbers.py` says of NumPy and Python.
private let numbers: JSONValue = {
  let path = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures/numbers.json")
  let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
  return (try? JSONValue(parsing: text)) ?? .null
}()

private func shape(_ json: JSONValue?) -> PartialShape { (json?.array ?? []).map(\.integer) }

@Suite struct GraphBuilderTests {
  private let graph = GraphBuilder(in: FunctionLibrary())

  private func tensor(_ shape: PartialShape, _ kind: ElementKind = .float32) -> Tensor {
    graph.argument(named: "x", kind: kind, shape: shape)
  }

  @Test func constantsAreThoseOfNumPy() throws {
    let cases = try #require(numbers["constants"]?.array)
    for item in cases {
      let kind = try #require(ElementKind(named: item["kind"]?.string ?? ""))
      let values = (item["values"]?.array ?? []).compactMap(\.double)
      let constant = ConstantTensor(values, kind: kind, dimensions: [values.count])
      guard case .bytes(let bytes) = constant.elements else { continue }
      let hex = bytes.map { String(format: "%02x", $0) }.joined()
      #expect(hex == item["hex"]?.string, "\(kind)")
    }
  }

  @Test func shapesAreBroadcastAsNumPyDoes() throws {
    let cases = try #require(numbers["broadcasts"]?.array)
    for item in cases {
      let result = GraphBuilder.broadcast(shape(item["one"]), shape(item["other"]))
      #expect(result == shape(item["result"]))
    }
    #expect(GraphBuilder.broadcast([nil, 3], [2, 1]) == [2, 3])
    #expect(GraphBuilder.broadcast([nil, 3], [1, 1]) == [nil, 3])
  }

  @Test func slicesHaveAsManyPlacesAsInPython() throws {
    let cases = try #require(numbers["slices"]?.array)
    let x = tensor([7, 2])
    for item in cases {
      let result = graph.slice(
        x,
        [
          .range(
            item["start"]?.integer, item["stop"]?.integer, step: item["step"]?.integer ?? 1)
        ])
      #expect(result.shape == [item["count"]?.integer, 2], "\(item)")
    }
  }

  @Test func slicesOfOnePlaceLoseTheirAxis() {
    #expect(graph.slice(tensor([4, 5, 6]), [.all, .index(-1), .newAxis]).shape == [4, 1, 6])
  }

  /// The grammar is that of `IsValidNodeName` in tensorflow/core/framework/node_def_util.cc.
  @Test(arguments: [
    ("dense", "dense"), ("my input", "my_input"), ("_x", "k_x"), ("in:0", "in_0"), ("é", "k_"),
    ("a.b/c-d", "a.b/c-d"), ("", "k"), ("9", "9"), (".x", ".x"),
  ])
  func namesOfNodesAreValid(name: String, valid: String) {
    #expect(NodeName.valid(name) == valid)
  }

  @Test func nodesOfOneNameAreToldApart() {
    let x = tensor([2])
    let names = (0..<3).map { _ in graph.unary(.relu, x).source }
    #expect(names == ["Relu:activations:0", "Relu_1:activations:0", "Relu_2:activations:0"])
  }

  @Test func typesAndNumbersOfInputsAreFilledIn() throws {
    let x = tensor([2, 3], .float64)
    _ = graph.concat([x, x, x], along: -1)
    let node = try #require(graph.nodes.last)
    #expect(node.operation == "ConcatV2")
    #expect(node.attributes == ["N": .integer(3), "T": .kind(.float64), "Tidx": .kind(.int32)])
  }

  @Test func everyOperationHasASignature() {
    for operation in Operation.allCases {
      #expect(OperationSignature.of(operation) != nil, "\(operation)")
    }
  }

  @Test func stepsTakeWhatTheyUseOfOuterFunctions() throws {
    let weight = graph.read(variable: 0, kind: .float32, shape: [3, 3], name: "kernel")
    let state = tensor([2, 3])
    let result = graph.loop(.known(4), carrying: [state]) { step, _, carried in
      [step.matmul(carried[0], weight)]
    }
    #expect(result.map(\.shape) == [[2, 3]])
    let body = try #require(graph.library.functions.first { $0.name == "while_body" })
    #expect(body.arguments.map(\.kind) == [.int32, .int32, .float32, .float32])
    #expect(body.results.map(\.parameter.kind) == body.arguments.map(\.kind))
    let loop = try #require(graph.nodes.last)
    #expect(loop.operation == "StatelessWhile" && loop.inputs.last == weight.source)
  }
}
