/// The objects of a saved program and how they hold each other, as TensorFlow tracks them:
/// `TrackableObjectGraph` of https://github.com/tensorflow/tensorflow.
public struct ObjectGraph: Hashable, Sendable {
  /// One object. Number 0 is the root.
  public struct Node: Hashable, Sendable {
    /// The objects that this one holds, by the names that it holds them under.
    public var children: [Child]
    /// What is saved of the object itself.
    public var attributes: [Attribute]
    /// The variables that an optimizer made for others.
    public var slots: [Slot]

    public init(
      children: [Child] = [], attributes: [Attribute] = [], slots: [Slot] = []
    ) {
      self.children = children
      self.attributes = attributes
      self.slots = slots
    }
  }

  public struct Child: Hashable, Sendable {
    public var name: String
    public var node: Int

    public init(name: String, node: Int) {
      self.name = name
      self.node = node
    }
  }

  public struct Attribute: Hashable, Sendable {
    /// `VARIABLE_VALUE` for a variable.
    public var name: String
    /// The variable's own name: `lstm/lstm_cell/kernel`. Empty where none was recorded.
    public var fullName: String
    /// The key in the bundle.
    public var key: String

    public init(name: String, fullName: String, key: String) {
      self.name = name
      self.fullName = fullName
      self.key = key
    }
  }

  public struct Slot: Hashable, Sendable {
    /// The node of the variable that it was made for.
    public var original: Int
    /// As the optimizer calls it: `m`.
    public var name: String
    /// The node of the slot's own variable.
    public var variable: Int

    public init(original: Int, name: String, variable: Int) {
      self.original = original
      self.name = name
      self.variable = variable
    }
  }

  /// Every reference to a node is to one of these.
  public var nodes: [Node]

  public init(nodes: [Node]) { self.nodes = nodes }
}
