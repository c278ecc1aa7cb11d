/// The dimensions of a tensor in a graph; `nil` for one that only the running graph knows.
public typealias PartialShape = [Int?]

/// A tensor that is written into a graph.
public struct ConstantTensor: Hashable, Sendable {
  public enum Elements: Hashable, Sendable {
    /// As blobs have them: little-endian, in C order.
    case bytes([UInt8])
    /// Of a tensor of strings, in C order.
    case strings([[UInt8]])
  }

  public let kind: ElementKind
  public let dimensions: [Int]
  public let elements: Elements

  public init(kind: ElementKind, dimensions: [Int], elements: Elements) {
    self.kind = kind
    self.dimensions = dimensions
    self.elements = elements
  }
}

/// What an attribute of an operation is set to: `AttrValue` of
/// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/attr_value.proto
public enum AttributeValue: Hashable, Sendable {
  case kind(ElementKind)
  case kinds([ElementKind])
  case integer(Int)
  case integers([Int])
  case real(Float)
  case reals([Float])
  case flag(Bool)
  case text(String)
  case texts([String])
  case shape(PartialShape)
  case shapes([PartialShape])
  case tensor(ConstantTensor)
  /// The name of a function in the library.
  case function(String)
}

/// An operation in a graph: `NodeDef`.
public struct NodeDefinition: Hashable, Sendable {
  /// Unique in its function or graph; `[A-Za-z0-9.][A-Za-z0-9_.\/>-]*`.
  public let name: String
  /// TensorFlow's name: `MatMul`.
  public let operation: String
  /// In a function `node:output:index`, or the name of an argument; in the main graph `node:index`.
  /// `^node` for one that only has to run before.
  public let inputs: [String]
  /// Those that are the operation's defaults may be absent.
  public let attributes: [String: AttributeValue]

  public init(
    name: String, operation: String, inputs: [String], attributes: [String: AttributeValue]
  ) {
    self.name = name
    self.operation = operation
    self.inputs = inputs
    self.attributes = attributes
  }
}

/// A function in the library of a graph: `FunctionDef`.
public struct FunctionDefinition: Hashable, Sendable {
  /// What goes in or comes out.
  public struct Parameter: Hashable, Sendable {
    public let name: String
    public let kind: ElementKind

    public init(name: String, kind: ElementKind) {
      self.name = name
      self.kind = kind
    }
  }

  /// A result and the tensor in the body that it is.
  public struct Result: Hashable, Sendable {
    public let parameter: Parameter
    public let source: String

    public init(parameter: Parameter, source: String) {
      self.parameter = parameter
      self.source = source
    }
  }

  public let name: String
  public let arguments: [Parameter]
  public let results: [Result]
  /// None comes before one that it takes something of.
  public let nodes: [NodeDefinition]

  public init(
    name: String, arguments: [Parameter], results: [Result], nodes: [NodeDefinition]
  ) {
    self.name = name
    self.arguments = arguments
    self.results = results
    self.nodes = nodes
  }
}
