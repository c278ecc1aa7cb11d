/// Gives each of some things another name.
struct UniqueNames {
  private var taken: Set<String> = []
  /// How often a name was asked for again.
  private var counts: [String: Int] = [:]

  /// The name, with a number behind it when another thing has it.
  mutating func unique(_ wanted: String) -> String {
    var name = wanted
    while !taken.insert(name).inserted {
      let count = counts[wanted, default: 0] + 1
      counts[wanted] = count
      name = "\(wanted)_\(count)"
    }
    return name
  }
}

/// Gives the nodes of a graph names that TensorFlow takes.
struct NodeNames {
  private var names = UniqueNames()

  /// The text, or what is nearest to it among the names that no node has.
  mutating func name(for text: String) -> String { names.unique(Self.allowed(text)) }

  /// The text with `_` for all that a name cannot have. TensorFlow takes
  /// `[A-Za-z0-9.][A-Za-z0-9_./-]*`, and such names with `>` between them (`IsValidNodeName` of
  /// tensorflow/core/framework/node_def_util.cc in https://github.com/tensorflow/tensorflow); for
  /// Python one that ends with `/` is a scope.
  private static func allowed(_ text: String) -> String {
    var name = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "A"..."Z", "a"..."z", "0"..."9", ".":
        name.unicodeScalars.append(scalar)
      case "/", "-":
        name.unicodeScalars.append(contentsOf: name.isEmpty ? ["v", scalar] : [scalar])
      default:
        name += name.isEmpty ? "v_" : "_"
      }
    }
    return name.isEmpty || name.hasSuffix("/") ? name + "v" : name
  }
}

/// Gives the parameters of a function of Python names.
struct ParameterNames {
  private var names = UniqueNames()

  mutating func name(for text: String) -> String { names.unique(Self.allowed(text)) }

  /// As TensorFlow does it when it loads a function, so that it changes nothing more
  /// (`sanitize_arg_name` of tensorflow/core/function/polymorphism/function_type.py in
  /// https://github.com/tensorflow/tensorflow); of letters only those of ASCII stay.
  private static func allowed(_ text: String) -> String {
    var name = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "A"..."Z", "a"..."z": name.unicodeScalars.append(scalar)
      case "0"..."9":
        if name.isEmpty { name = "arg_" }
        name.unicodeScalars.append(scalar)
      default: name += name.isEmpty ? "arg__" : "_"
      }
    }
    return name.isEmpty ? "arg_" : name
  }
}
