/// The TensorFlow that wrote a file, as `major.minor`, when Keras' version leaves no doubt.
///
/// - From 2.5 on, a Keras of TensorFlow has its version: TensorFlow 2.5 has 2.5.0 in
///   `tensorflow/python/keras/__init__.py`, 2.6 and later depend on the `keras` package of their
///   own minor version, and `tf_keras` 2.n depends on `tensorflow>=2.n,<2.(n+1)`.
/// - TensorFlow 2.2 alone has 2.3.0-tf there.
/// - Others are shared: 2.4.0 by TensorFlow 2.3 and 2.4, 2.2.4-tf by 1.13 to 2.1. The versions of
///   Keras alone, without `-tf` below 2.4, and from 3 on, run on many.
///
/// - Parameters:
///   - version: what the file has as `keras_version`.
///   - backend: what it has as `backend`.
public func tensorflowVersion(forKeras version: String, backend: String?) -> String? {
  guard backend == nil || backend == "tensorflow", let keras = KerasVersion(version),
    keras.major == 2
  else { return nil }
  if keras.minor >= 5 { return "2.\(keras.minor)" }
  return version == "2.3.0-tf" ? "2.2" : nil
}
