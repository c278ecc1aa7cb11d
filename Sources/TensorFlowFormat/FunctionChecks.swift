import TensorFlowGraph

/// Whether the functions that are said to be in a library are there, and as they are said to be.
struct FunctionChecks {
  private let library: [FunctionDefinition]

  init(_ model: SavedModelToWrite) { library = model.library }

  func check(
    _ functions: [SavedModelToWrite.ConcreteFunction]
  ) throws(SavedModelWritingError) {
    var definitions: [String: FunctionDefinition] = [:]
    for definition in library {
      guard definitions.updateValue(definition, forKey: definition.name) == nil else {
        throw .repeatedFunction(definition.name)
      }
    }
    for definition in library {
      for name in definition.nodes.flatMap(Self.called) where definitions[name] == nil {
        throw .noSuchFunction(name)
      }
    }
    for function in functions {
      guard let definition = definitions[function.name] else {
        throw .noSuchFunction(function.name)
      }
      try Self.check(function, definition)
    }
  }

  private static func called(by node: NodeDefinition) -> [String] {
    node.attributes.values.compactMap { if case .function(let name) = $0 { name } else { nil } }
  }

  private static func check(
    _ function: SavedModelToWrite.ConcreteFunction, _ definition: FunctionDefinition
  ) throws(SavedModelWritingError) {
    let handles = repeatElement(ElementKind.resource.name, count: function.variables.count)
    let arguments = function.inputs.map(\.kind.name) + handles
    let foundArguments = definition.arguments.map(\.kind.name)
    guard arguments == foundArguments else {
      throw .wrongArguments(function: function.name, expected: arguments, found: foundArguments)
    }
    let results = function.outputs.map(\.kind.name)
    let foundResults = definition.results.map(\.parameter.kind.name)
    guard results == foundResults else {
      throw .wrongResults(function: function.name, expected: results, found: foundResults)
    }
  }
}
