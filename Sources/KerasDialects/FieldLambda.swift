import StrictJSON
import Tensors

/// Functions of Lambda layers: Python's bytecode, or the name of a function that the user has.
/// Neither is translated, only how the configuration holds it.
///
/// https://github.com/keras-team/keras/blob/master/keras/src/layers/core/lambda_layer.py
extension ObjectTranslator {
  func settleLambdaForKeras3(_ object: inout SerializedObject) {
    guard sourceGeneration == .keras2 else { return }
    for name in ["function", "output_shape", "mask"] {
      let type = object.config.removeValue(forKey: "\(name)_type")?.string
      let module = object.config.removeValue(
        forKey: name == "function" ? "module" : "\(name)_module")
      guard let value = object.config[name] else { continue }
      if type == "lambda", let parts = value.array, parts.count == 3 {
        object.config[name] = [
          "class_name": "__lambda__",
          "config": ["code": parts[0], "defaults": parts[1], "closure": parts[2]],
        ]
      } else if type == "function", let function = value.string {
        object.config[name] = [
          "module": module ?? .null, "class_name": "function", "config": .string(function),
          "registered_name": .string(function),
        ]
      }
    }
  }

  func settleLambdaForKeras2(_ object: inout SerializedObject) {
    for name in ["function", "output_shape", "mask"] {
      // tf_keras asks for the form of the shape even where there is none.
      guard let value = object.config[name] ?? (name == "output_shape" ? .null : nil) else {
        continue
      }
      let moduleField = name == "function" ? "module" : "\(name)_module"
      if value["class_name"] == "__lambda__", let parts = value["config"] {
        object.config[name] = [
          parts["code"] ?? .null, parts["defaults"] ?? .null, parts["closure"] ?? .null,
        ]
        object.config["\(name)_type"] = "lambda"
        object.config[moduleField] = .null
      } else if value["class_name"] == "function", let function = value["config"] {
        object.config[name] = function
        object.config["\(name)_type"] = "function"
        object.config[moduleField] = value["module"] ?? .null
      } else {
        object.config[name] = value
        object.config["\(name)_type"] = "raw"
        object.config[moduleField] = .null
      }
    }
  }
}
