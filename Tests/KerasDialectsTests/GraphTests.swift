import KerasDialects
import StrictJSON
import Tensors
import Testing

/// The graph of a translated model is the one that the other library writes of the same model.
@Suite struct GraphTests {
  @Test(
    arguments: ["nested", "structures", "states", "masked"],
    [(Dialect.keras2, Dialect.keras3), (.keras3, .keras2)])
  func connectionsAreThoseOfTheOtherLibrary(
    _ name: String, _ pair: (from: Dialect, to: Dialect)
  ) throws {
    let source = try GraphFixture.configuration(name, pair.from)
    let expected = try GraphFixture.configuration(name, pair.to)
    let target: KerasGeneration = pair.to == .keras2 ? .keras2 : .keras3
    // Keras 3 writes masks into graphs, Keras 2 does not.
    let known = Connections.names(in: source.model)
      .intersection(Connections.names(in: expected.model))
    let wanted = Connections(of: expected.model, layers: known)
    for container in [ConfigContainer.hdf5, .archive] {
      let result = try Translation(of: source, to: target, in: container)
      #expect(!result.notes.contains { $0.kind == .impossible })
      #expect(Connections(of: result.configuration.model, layers: known) == wanted)
    }
  }

  @Test(arguments: GraphFixture.names, [Dialect.keras2, .keras3])
  func withinAGenerationNothingMoves(_ name: String, _ dialect: Dialect) throws {
    let source = try GraphFixture.configuration(name, dialect)
    let target: KerasGeneration = dialect == .keras2 ? .keras2 : .keras3
    let result = try Translation(of: source, to: target, in: .archive)
    #expect(!result.notes.contains { $0.kind == .impossible })
    #expect(
      result.configuration.model["config"]?["layers"]?.array?.map { $0["inbound_nodes"] }
        == source.model["config"]?["layers"]?.array?.map { $0["inbound_nodes"] })
    for field in ["input_layers", "output_layers"] {
      #expect(result.configuration.model["config"]?[field] == source.model["config"]?[field])
    }
  }

  @Test func argumentsOfAttentionHaveNamesInKeras2() throws {
    let source = try GraphFixture.configuration("attention", .keras3)
    let result = try Translation(of: source, to: .keras2, in: .archive)
    let expected = try GraphFixture.configuration("attention", .keras2)
    for name in ["cross", "causal"] {
      #expect(
        layer(name, of: result.configuration.model)?["inbound_nodes"]
          == layer(name, of: expected.model)?["inbound_nodes"])
    }
  }

  @Test func masksThatLayersMakeThemselvesLeaveTheGraph() throws {
    let source = try GraphFixture.configuration("masked", .keras3)
    #expect(Connections.names(in: source.model).contains { $0.hasPrefix("not_equal") })
    for (target, container) in [
      (KerasGeneration.keras2, ConfigContainer.archive), (.keras3, .hdf5),
    ] {
      let result = try Translation(of: source, to: target, in: container)
      #expect(Connections.names(in: result.configuration.model) == ["ids", "embedding", "gru"])
    }
    let kept = try Translation(of: source, to: .keras3, in: .archive)
    #expect(Connections.names(in: kept.configuration.model) == Connections.names(in: source.model))
  }

  private func layer(_ name: String, of model: JSONValue) -> JSONValue? {
    model["config"]?["layers"]?.array?.first { $0["name"]?.string == name }
  }
}
