import Harness
import KerasFormat
import Tensors

/// The parts: tensors that have only names, and the parent's configuration and variables.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  attempt(start, count) { input in
    let parts = input.parts(3)
    let variables = TensorList(parts[0].text).tensors.map {
      Variable(
        path: $0.name, containerPath: $0.name, role: .weight, dtype: $0.dtype, shape: $0.shape,
        bytes: .source(file: 0, $0.extent))
    }
    let named = KnownNames.named(
      ModelSnapshot(format: .safetensors, variables: variables),
      parent: TensorList(parts[2].text).model(config: parts[1].text))
    guard named.variables.count == variables.count else { fail("a tensor is lost") }
    checkPaths(of: named.variables)
  }
}
