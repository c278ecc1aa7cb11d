import SwiftProtobuf

extension CheckpointState {
  /// The text of a file `checkpoint` beside a single checkpoint, as `tf.train.Checkpoint.save`
  /// writes it.
  ///
  /// - Parameter prefix: the checkpoint's, from the folder of the file: `ck-1`.
  public static func text(latest prefix: String) -> [UInt8] {
    var state = PBCheckpointState()
    state.modelCheckpointPath = prefix
    state.allModelCheckpointPaths = [prefix]
    return Array(state.textFormatString().utf8)
  }
}
