import KerasDialects
import StrictJSON
import Tensors
import Testing

/// A configuration with damage is translated or noted, and never ends the process.
@Suite struct HostileGraphTests {
  @Test(arguments: GraphFixture.names, [Dialect.keras2, .keras3])
  func everyValueMayBeAnything(_ name: String, _ dialect: Dialect) throws {
    let source = try GraphFixture.configuration(name, dialect)
    let others: [JSONValue] = [.null, [], [:], "x", -1, .integer(Int.max)]
    var damaged = 0
    for place in 0..<150 {
      var countdown = place * 7
      let model = Self.replacing(source.model, with: others[place % others.count], &countdown)
      guard countdown < 0 else { break }
      damaged += 1
      for target in KerasGeneration.allCases {
        let damage = KerasConfiguration(model: model, training: nil, dialect: dialect)
        _ = try? Translation(of: damage, to: target, in: .archive)
      }
    }
    #expect(damaged > 10)
  }

  /// Nothing is nested deeper than the parser allows, and nothing costs more than it has bytes.
  @Test func depthAndLengthAreNoDanger() throws {
    var model: JSONValue = ["class_name": "Dense", "config": ["name": "d", "units": 1]]
    for level in 0..<60 {
      model = [
        "class_name": "Sequential",
        "config": ["name": .string("s/\(level)"), "layers": [model]],
      ]
    }
    let many: [JSONValue] = (0..<2_000).map { number in
      [
        "class_name": "Add", "name": .string("a\(number)"),
        "config": ["name": .string("a\(number)")],
        "inbound_nodes": [
          [
            [.string("a\(max(number - 1, 0))"), 0, 0, [:]],
            [.string("a\(max(number - 2, 0))"), 0, 0, [:]],
          ]
        ],
      ]
    }
    let wide: JSONValue = [
      "class_name": "Functional",
      "config": [
        "name": "w", "layers": .array(many), "input_layers": [["a0", 0, 0]],
        "output_layers": [["a1999", 0, 0]],
      ],
    ]
    for model in [model, wide] {
      for dialect in [Dialect.keras1, .keras2, .keras3] {
        for target in KerasGeneration.allCases {
          let source = KerasConfiguration(model: model, training: nil, dialect: dialect)
          _ = try Translation(of: source, to: target, in: .hdf5)
        }
      }
    }
  }

  @Test(arguments: [Dialect.keras2, .keras3])
  func aTensorThatNothingGivesIsNoted(_ dialect: Dialect) throws {
    var source = try GraphFixture.configuration("structures", dialect)
    let text = source.model.canonicalText.replacing(#"["x",0,0"#, with: #"["x",7,0"#)
    source.model = try JSONValue(parsing: text)
    let notes = try Translation(of: source, to: .keras3, in: .archive).notes
    #expect(notes.contains { $0.kind == .impossible && $0.location == "x" })
  }

  /// The value with the one at a place replaced, counted through all of them.
  private static func replacing(
    _ json: JSONValue, with other: JSONValue, _ countdown: inout Int
  ) -> JSONValue {
    countdown -= 1
    if countdown == -1 { return other }
    guard countdown >= 0 else { return json }
    switch json {
    case .array(let elements):
      return .array(elements.map { replacing($0, with: other, &countdown) })
    case .object(let members):
      var result = members
      for key in members.keys.sorted() {
        if let value = members[key] { result[key] = replacing(value, with: other, &countdown) }
      }
      return .object(result)
    default: return json
    }
  }
}
