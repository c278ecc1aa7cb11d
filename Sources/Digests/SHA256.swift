import COpenSSL

/// A running SHA-256, by OpenSSL, which uses the processor's instructions for it.
public struct SHA256: ~Copyable {
  private let context: OpaquePointer

  /// Looked up once, which takes longer than hashing a small blob; and without what else libcrypto
  /// makes ready by itself, which takes longer still.
  nonisolated(unsafe) private static let algorithm: OpaquePointer? = {
    let options =
      OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ADD_ALL_CIPHERS
      | OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_LOAD_CONFIG
    OPENSSL_init_crypto(UInt64(options), nil)
    return EVP_MD_fetch(nil, "SHA256", nil)
  }()

  /// Starts over no bytes.
  public init() {
    guard let algorithm = Self.algorithm, let context = EVP_MD_CTX_new(),
      EVP_DigestInit_ex(context, algorithm, nil) == 1
    else { preconditionFailure("libcrypto has no SHA-256") }
    self.context = context
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  /// Takes in more bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    let done = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(done == 1, "EVP_DigestUpdate does not fail on an open SHA-256")
  }

  /// The digest of all that was taken in.
  public consuming func finish() -> Digest {
    var bytes = [UInt8](repeating: 0, count: Digest.byteCount)
    let done = EVP_DigestFinal_ex(context, &bytes, nil)
    guard done == 1, let digest = Digest(bytes: bytes) else {
      preconditionFailure("EVP_DigestFinal_ex does not fail on an open SHA-256")
    }
    return digest
  }
}

extension Digest {
  /// The digest of bytes in memory.
  public init(of bytes: UnsafeRawBufferPointer) {
    var hasher = SHA256()
    hasher.update(bytes)
    self = hasher.finish()
  }

  /// The digest of bytes in memory.
  public init(of bytes: [UInt8]) {
    self = bytes.withUnsafeBytes { Digest(of: $0) }
  }
}
