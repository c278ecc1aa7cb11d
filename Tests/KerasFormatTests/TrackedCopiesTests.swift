import KerasFormat
import TensorFlowFormat
import Testing

/// What Keras 3's `export` writes twice. The objects are those of `model.export` of Keras 3.15, a
/// `Sequential` called `mlp` with the layers `hidden` and `probs`.
@Suite struct TrackedCopiesTests {
  private static func variable(_ name: String, _ key: String) -> ObjectGraph.Node {
    ObjectGraph.Node(attributes: [
      .init(
        name: "VARIABLE_VALUE", fullName: name, key: "\(key)/.ATTRIBUTES/VARIABLE_VALUE")
    ])
  }

  private static func list(_ nodes: [Int]) -> ObjectGraph.Node {
    ObjectGraph.Node(
      children: nodes.enumerated().map { .init(name: String($0.offset), node: $0.element) })
  }

  private func graph(lists: (String, String) = ("variables", "_all_variables")) -> ObjectGraph {
    ObjectGraph(nodes: [
      ObjectGraph.Node(children: [
        .init(name: lists.0, node: 1), .init(name: lists.1, node: 2),
      ]),
      Self.list([3, 4, 5]), Self.list([6, 7, 4]),
      Self.variable("mlp/hidden/kernel", "variables/0"),
      Self.variable("mlp/hidden/bias", "variables/1"),
      Self.variable("seed_generator/seed_generator_state", "variables/2"),
      Self.variable("mlp/hidden/kernel", "_all_variables/0"),
      Self.variable("probs/kernel", "_all_variables/1"),
    ])
  }

  @Test func aCopyHasTheNameOfItsVariable() {
    #expect(
      TrackedModel.copies(in: graph()) == [
        "_all_variables/0/.ATTRIBUTES/VARIABLE_VALUE": [
          "variables/0/.ATTRIBUTES/VARIABLE_VALUE"
        ]
      ])
  }

  @Test func otherProgramsHaveNone() {
    #expect(TrackedModel.copies(in: graph(lists: ("variables", "others"))).isEmpty)
    #expect(TrackedModel.copies(in: graph(lists: ("weights", "_all_variables"))).isEmpty)
    #expect(TrackedModel.copies(in: ObjectGraph(nodes: [])).isEmpty)
  }

  @Test func referencesThatLeadNowhereAreLeftOut() {
    var graph = graph()
    graph.nodes[1].children.append(.init(name: "9", node: 99))
    graph.nodes[2].children.append(.init(name: "9", node: -1))
    #expect(TrackedModel.copies(in: graph).count == 1)
    graph.nodes[0].children[1].node = 1_000
    #expect(TrackedModel.copies(in: graph).isEmpty)
  }
}
