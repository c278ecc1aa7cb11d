import StrictJSON
import TensorFlowGraph
import Tensors

/// Functions of images.
/// keras/src/backend/tensorflow/image.py of https://github.com/keras-team/keras,
/// tensorflow/python/ops/image_ops_impl.py of https://github.com/tensorflow/tensorflow
enum ImageFunctions {
  static let keras = TensorFunction.join([
    TensorFunction.table(
      "Resize",
      "images:x size interpolation=\"bilinear\" antialias=false crop_to_aspect_ratio=false "
        + "pad_to_aspect_ratio=false fill_mode=\"constant\" fill_value=0.0 data_format",
      Pictures.kerasResize),
    TensorFunction.table("RGBToGrayscale", "images:x data_format", Pictures.grayscale),
    TensorFunction.table("RGBToHSV", "images:x data_format") {
      (call: FunctionCall) throws(CompileError) in try Pictures.convert(call, .rgbToHSV)
    },
    TensorFunction.table("HSVToRGB", "images:x data_format") {
      (call: FunctionCall) throws(CompileError) in try Pictures.convert(call, .hsvToRGB)
    },
    TensorFunction.table(
      "CropImages",
      "images:x top_cropping:top left_cropping:left bottom_cropping:bottom right_cropping:right "
        + "target_height target_width data_format", Pictures.crop),
    TensorFunction.table(
      "PadImages",
      "images:x top_padding:top left_padding:left bottom_padding:bottom right_padding:right "
        + "target_height target_width data_format", Pictures.pad),
    TensorFunction.table(
      "ExtractPatches",
      "images:x size:sizes strides dilation_rate:rates=1 padding=\"valid\" data_format",
      Patches.extract),
    blocks("DepthToSpace", .depthToSpace), blocks("SpaceToDepth", .spaceToDepth),
  ])

  private static func blocks(
    _ name: String, _ operation: Operation
  ) -> [String: TensorFunction] {
    TensorFunction.table(name, "x block_size data_format") {
      (call: FunctionCall) throws(CompileError) in try Pictures.blocks(call, operation)
    }
  }

  private static func tensorFlowBlocks(
    _ names: String, _ operation: Operation
  ) -> [String: TensorFunction] {
    TensorFunction.table(names, "input:x block_size data_format") {
      (call: FunctionCall) throws(CompileError) in try Pictures.blocks(call, operation)
    }
  }

  static let tensorFlow = TensorFunction.join([
    TensorFunction.table(
      "image.resize",
      "images:x size method:interpolation=\"bilinear\" preserve_aspect_ratio=false "
        + "antialias=false", Pictures.tensorFlowResize),
    TensorFunction.table(
      "image.extract_patches", "images:x sizes strides rates padding", Patches.extract),
    TensorFunction.table(
      "compat.v1.extract_image_patches",
      "images:x ksizes:sizes strides rates padding sizes", Patches.extract),
    TensorFunction.table("image.per_image_standardization", "image:x", Pictures.standardize),
    TensorFunction.table("image.rgb_to_grayscale", "images:x", Pictures.tensorFlowGrayscale),
    TensorFunction.table("image.grayscale_to_rgb", "images:x", Pictures.colored),
    TensorFunction.table("image.rgb_to_hsv", "images:x") {
      (call: FunctionCall) throws(CompileError) in try Pictures.convert(call, .rgbToHSV)
    },
    TensorFunction.table("image.hsv_to_rgb", "images:x") {
      (call: FunctionCall) throws(CompileError) in try Pictures.convert(call, .hsvToRGB)
    },
    tensorFlowBlocks("nn.depth_to_space compat.v1.nn.depth_to_space", .depthToSpace),
    tensorFlowBlocks("nn.space_to_depth compat.v1.nn.space_to_depth", .spaceToDepth),
  ])
}
