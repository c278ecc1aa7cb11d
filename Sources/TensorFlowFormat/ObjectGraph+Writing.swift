extension ObjectGraph {
  /// `TrackableObjectGraph`, as TensorFlow writes it. The references are the caller's to check.
  /// tensorflow/core/protobuf/trackable_object_graph.proto and, for which objects have values,
  /// tensorflow/python/checkpoint/util.py of https://github.com/tensorflow/tensorflow
  var serialized: [UInt8] {
    let holders = nodesWithValues
    var graph = WireWriter()
    for (number, node) in nodes.enumerated() {
      graph.append(Self.bytes(of: node, hasValues: holders[number]), number: 1)
    }
    return graph.bytes
  }

  /// Which objects have something saved, in themselves or in one that they hold. TensorFlow does
  /// not warn of others when a program that restores does not have them.
  private var nodesWithValues: [Bool] {
    var parents = [[Int]](repeating: [], count: nodes.count)
    for (number, node) in nodes.enumerated() {
      for child in node.children { parents[child.node].append(number) }
    }
    var holds = nodes.map { !$0.attributes.isEmpty || !$0.slots.isEmpty }
    var rest = nodes.indices.filter { holds[$0] }
    while let node = rest.popLast() {
      for parent in parents[node] where !holds[parent] {
        holds[parent] = true
        rest.append(parent)
      }
    }
    return holds
  }

  private static func bytes(of node: Node, hasValues: Bool) -> [UInt8] {
    var object = WireWriter()
    for child in node.children { object.append(child.serialized, number: 1) }
    for attribute in node.attributes {
      var saved = WireWriter()
      saved.append(attribute.name, number: 1)
      saved.append(attribute.fullName, number: 2)
      saved.append(attribute.key, number: 3)
      object.append(saved.bytes, number: 2)
    }
    for slot in node.slots { object.append(slot.serialized, number: 3) }
    // A `BoolValue`.
    var flag = WireWriter()
    flag.append(hasValues ? 1 : 0, number: 1)
    object.append(flag.bytes, number: 5)
    return object.bytes
  }
}

extension ObjectGraph.Child {
  /// `ObjectReference`, here and in a SavedModel.
  var serialized: [UInt8] {
    var message = WireWriter()
    message.append(UInt64(node), number: 1)
    message.append(name, number: 2)
    return message.bytes
  }
}

extension ObjectGraph.Slot {
  /// `SlotVariableReference`.
  var serialized: [UInt8] {
    var message = WireWriter()
    message.append(UInt64(original), number: 1)
    message.append(name, number: 2)
    message.append(UInt64(variable), number: 3)
    return message.bytes
  }
}
