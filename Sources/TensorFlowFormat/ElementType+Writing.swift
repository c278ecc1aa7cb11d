import Tensors

extension ElementType {
  /// TensorFlow's type of a tensor.
  init(_ dtype: DType) {
    switch dtype {
    case .float32: self.init(number: 1)
    case .float64: self.init(number: 2)
    case .int32: self.init(number: 3)
    case .uint8: self.init(number: 4)
    case .int16: self.init(number: 5)
    case .int8: self.init(number: 6)
    case .complex64: self.init(number: 8)
    case .int64: self.init(number: 9)
    case .bool: self.init(number: 10)
    case .bfloat16: self.init(number: 14)
    case .uint16: self.init(number: 17)
    case .complex128: self.init(number: 18)
    case .float16: self.init(number: 19)
    case .uint32: self.init(number: 22)
    case .uint64: self.init(number: 23)
    case .float8E5M2: self.init(number: 24)
    case .float8E4M3FN: self.init(number: 25)
    case .int4: self.init(number: 29)
    case .uint4: self.init(number: 30)
    }
  }
}
