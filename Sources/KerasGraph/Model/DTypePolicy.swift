import StrictJSON
import TensorFlowGraph

/// In which types a layer computes and keeps its weights.
/// keras/src/dtype_policies/dtype_policy.py of https://github.com/keras-team/keras
struct DTypePolicy: Hashable {
  let compute: ElementKind
  let variable: ElementKind

  /// - Parameter json: `float32`, or a policy as either Keras writes it. Absent: float32.
  init(_ json: JSONValue?, in settings: Settings) throws(CompileError) {
    let config = json?["config"]
    let spelled = json?.string ?? config?["name"]?.string ?? config?["source_name"]?.string
    let className = json?["class_name"]?.string ?? ""
    if className.contains("Quantized") {
      throw settings.unsupported("dtype", "quantized layers are not compiled")
    }
    if className.contains("DTypePolicyMap") {
      throw settings.unsupported("dtype", "a policy for each part of a layer is not compiled")
    }
    guard let name = spelled ?? (json == nil ? "float32" : nil) else {
      throw settings.malformed("dtype", "the name of a type or of a policy")
    }
    if name.hasPrefix("mixed_"), let kind = ElementKind(named: String(name.dropFirst(6))) {
      (compute, variable) = (kind, .float32)
    } else if let kind = ElementKind(named: name) {
      (compute, variable) = (kind, kind)
    } else {
      throw settings.unsupported("dtype", "the policy \(name) is not known")
    }
  }
}
