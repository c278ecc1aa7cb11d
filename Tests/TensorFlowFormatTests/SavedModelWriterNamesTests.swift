import TensorFlowGraph
import Testing

@testable import TensorFlowFormat

/// Names that nodes of a graph and parameters of Python's functions cannot have.
@Suite struct SavedModelWriterNamesTests {
  @Test(
    arguments: [
      ("dense/kernel", "dense/kernel"), ("A.b-c/d_1", "A.b-c/d_1"), (".x", ".x"),
      ("7", "7"), ("my layer", "my_layer"), ("in:0", "in_0"), ("_priv", "v_priv"),
      ("/a", "v/a"), ("-a", "v-a"), ("a/", "a/v"), ("é", "v_"), ("a>b", "a_b"), ("a\\b", "a_b"),
      ("e\u{301}", "e_"), ("", "v"),
    ])
  func nodesHaveNamesThatTensorFlowTakes(_ text: String, _ name: String) throws {
    var names = NodeNames()
    #expect(names.name(for: text) == name)
    // `IsValidNodeName` of TensorFlow, without what only some of its readers take.
    #expect(name.wholeMatch(of: /[A-Za-z0-9.][A-Za-z0-9_.\/-]*/) != nil)
  }

  /// As `sanitize_arg_name` of TensorFlow 2.21 answers, which leaves them as they are.
  @Test(
    arguments: [
      ("x", "x"), ("aB_1", "aB_1"), ("my input", "my_input"), ("in:0", "in_0"),
      ("1x", "arg_1x"), ("_x", "arg__x"), ("a.b-c", "a_b_c"),
    ])
  func parametersAreNamedAsTensorFlowNamesThem(_ text: String, _ name: String) throws {
    var names = ParameterNames()
    #expect(names.name(for: text) == name)
    var again = ParameterNames()
    #expect(again.name(for: name) == name)
  }

  /// A letter that Python takes as one may be none of an identifier; ASCII is safe.
  @Test func parametersHaveLettersOfASCIIOnly() {
    var names = ParameterNames()
    #expect(
      ["é", "è", "x²", ""].map { names.name(for: $0) } == ["arg__", "arg___1", "x_", "arg_"])
  }

  @Test func noTwoThingsHaveOneName() {
    var names = UniqueNames()
    let wanted = ["a", "a_1", "a", "a", "a_1", "b"]
    #expect(wanted.map { names.unique($0) } == ["a", "a_1", "a_2", "a_3", "a_1_1", "b"])
  }

  @Test func manyThingsOfOneNameAreNamedInLinearTime() {
    var names = UniqueNames()
    let count = 50_000
    let given = (0..<count).map { _ in names.unique("a") }
    #expect(Set(given).count == count)
    #expect(given.last == "a_\(count - 1)")
  }

  /// TensorFlow flattens dictionaries in the order of their keys, which for inputs are names of
  /// parameters: `a b` is before `aZ`, `a_b` behind it.
  @Test func inputsAreInTheOrderOfTheirParameters() throws {
    var model = try SavedModelWriterTests.toy()
    model.served.inputs[0].name = "a b"
    model.served.inputs[1].name = "aZ"
    let wrapper = try SignatureWrapper(of: model)
    #expect(wrapper.inputs.map(\.tensor.name) == ["aZ", "a b"])
    #expect(wrapper.inputs.map(\.place) == [1, 0])
    #expect(wrapper.definition.arguments.prefix(2).map(\.name) == ["input1", "input0"])
    #expect(wrapper.outputs.map(\.tensor.name) == ["__a", "hidden layer"])
  }

  /// Two names that Swift takes as one text are two to TensorFlow.
  @Test func namesAreComparedByTheirBytes() throws {
    var model = try SavedModelWriterTests.toy()
    model.served.outputs[0].name = "\u{E9}"
    model.served.outputs[1].name = "e\u{301}"
    let wrapper = try SignatureWrapper(of: model)
    #expect(wrapper.outputs.map(\.place) == [1, 0])
  }

  @Test func aFunctionOfTheLibraryKeepsItsName() throws {
    var model = try SavedModelWriterTests.toy()
    let other = try #require(model.library.first)
    model.library.append(
      .init(
        name: "__inference_signature_wrapper_0", arguments: other.arguments,
        results: other.results, nodes: other.nodes))
    let wrapper = try SignatureWrapper(of: model)
    #expect(wrapper.definition.name == "__inference_signature_wrapper_1")
  }
}
