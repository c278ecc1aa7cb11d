/// A safetensors file whose length of the header is right.
public func safetensors(header: Input, data: Input) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.append(littleEndian: UInt64(header.bytes.count))
  return bytes + header.bytes + data.bytes
}
